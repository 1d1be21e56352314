import type { Rollout } from '../agent/types.ts';
import { ROLE_CODE } from '../core/trajectory/types.ts';
import type { Ability, Arm } from './arms.ts';

/** No ability: prompt, observation, or one that the arm does not name. */
export const NONE = -1;

/** Index into the arm's abilities of every token of a rollout; NONE where it is in no loss. */
export function abilitiesOf(arm: Arm, { tokens, roles, inAnswer, adapters }: Pick<Rollout, 'tokens' | 'roles' | 'inAnswer' | 'adapters'>): Int8Array {
  const result = new Int8Array(tokens.length).fill(NONE);
  const place = (ability: Ability): number => arm.abilities.indexOf(ability);
  for (let token = 1; token < tokens.length; token += 1) {
    const role = roles[token];
    if (role !== ROLE_CODE.reasoning && role !== ROLE_CODE.tool) continue;
    if (arm.routing !== 'ability') {
      // The controls' losses go by the adapter that wrote the token, whatever it means.
      result[token] = arm.adapterOf.indexOf(adapters[token - 1]);
    } else if (role === ROLE_CODE.tool) {
      result[token] = place('tool');
    } else if (arm.abilities.includes('reasoning')) {
      result[token] = place('reasoning');
    } else {
      // The opening tag itself is predicted before it is known that an answer comes.
      result[token] = place(inAnswer[token] === 1 ? 'answer' : 'think');
    }
  }
  return result;
}
