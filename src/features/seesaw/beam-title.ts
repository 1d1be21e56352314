import type { Beam } from '../../charts/beam/beam-layout.ts';
import { direction } from './aggregate.ts';

/** What the beams say as they stand at the end; only changes whose interval excludes 0 count as one. */
export function beamTitle(beams: readonly Beam[]): string {
  const moved = beams.flatMap(({ label, step, reasoning, tool }) => {
    if (reasoning === null || tool === null || step === null || step === 0) return [];
    const left = direction({ value: reasoning.change, error: reasoning.changeError });
    const right = direction({ value: tool.change, error: tool.changeError });
    return [`${label}: ${words(left, right)}`];
  });
  return moved.length === 0 ? 'Reasoning skill and tool skill against the base' : moved.join('; ');
}

function words(reasoning: number, tool: number): string {
  if (reasoning === tool) return reasoning > 0 ? 'both skills up' : reasoning < 0 ? 'both skills down' : 'neither skill clearly moved';
  const one = (name: string, way: number) => (way === 0 ? null : `${name} ${way > 0 ? 'up' : 'down'}`);
  const parts = [one('reasoning', reasoning), one('tool', tool)].filter((part) => part !== null);
  return parts.length === 2 ? parts.join(', ') : `${parts[0]}, ${reasoning === 0 ? 'reasoning' : 'tool'} not clearly moved`;
}
