import { ENVIRONMENTS } from '../../agent/environment.ts';
import type { EnvironmentSettings } from '../../agent/types.ts';
import { SelectField } from '../../ui/select-field.tsx';
import { DIALECTS } from '../rollouts/choices.ts';
import { useKnowsThinking } from './use-knows-thinking.ts';

interface Props {
  readonly environment: EnvironmentSettings;
  readonly onEnvironment: (environment: EnvironmentSettings) => void;
}

const THINKING = [
  { value: 'own', label: 'As the model does' },
  { value: 'off', label: 'Off' },
] as const;

/** How prompts and tool calls are written, with that dialect's own limits; and thinking, for a backbone whose template can switch it off. */
export function DialectFields({ environment, onEnvironment }: Props) {
  const { thinking } = environment;
  const switchable = useKnowsThinking();
  return (
    <>
      <SelectField label="Dialect" value={environment.dialect} options={DIALECTS} onChange={(dialect) => onEnvironment({ ...ENVIRONMENTS[dialect], ...(thinking === false ? { thinking } : {}) })} />
      {switchable && <SelectField label="Thinking" value={thinking === false ? 'off' : 'own'} options={THINKING} onChange={(value) => onEnvironment({ ...environment, thinking: value === 'off' ? false : undefined })} />}
    </>
  );
}
