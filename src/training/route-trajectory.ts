import type { Rollout } from '../agent/types.ts';
import { Random } from '../core/random.ts';
import { ROLE_CODE, type EncodedTrajectory } from '../core/trajectory/types.ts';
import { writingOf, type Arm } from './arms.ts';

/** What a loss needs to know of a trajectory that somebody else wrote. */
export type RoutedTrajectory = Pick<Rollout, 'tokens' | 'roles' | 'inAnswer' | 'adapters'>;

/**
 * A given trajectory with the adapters that the arm's own rollouts would have used at each position: those of the token
 * that it predicts (SPEC section 1), what the environment wrote by the first one. The `shuffled` control draws from the
 * trajectory's id, so that it is the same at every pass.
 */
export function routeTrajectory(arm: Arm, { source, tokens, roles, inAnswer }: Pick<EncodedTrajectory, 'source' | 'tokens' | 'roles' | 'inAnswer'>, seed: number): RoutedTrajectory {
  const adapters = new Uint8Array(tokens.length);
  const writing = writingOf(arm);
  const random = new Random(seed).stream('route').stream(source.id);
  const begin = roles.findIndex((role) => role !== ROLE_CODE.prompt);
  let stretch = 0;
  for (let token = 1; token < tokens.length; token += 1) {
    if (roles[token] !== roles[token - 1]) stretch += 1;
    adapters[token - 1] = predictedBy(token);
  }
  adapters[tokens.length - 1] = writing.reasoning;
  return { tokens, roles, inAnswer, adapters };

  function predictedBy(token: number): number {
    const role = roles[token];
    if (role !== ROLE_CODE.reasoning && role !== ROLE_CODE.tool) return writing.reasoning;
    if (writing.kind === 'routed') {
      const { control, answer } = writing;
      if (control?.kind === 'halves') return token - begin < control.at ? writing.reasoning : writing.tool;
      if (control?.kind === 'shuffled') return random.stream(stretch).integer(2) === 0 ? writing.reasoning : writing.tool;
      if (answer !== undefined && inAnswer[token] === 1) return answer;
    }
    return role === ROLE_CODE.tool ? writing.tool : writing.reasoning;
  }
}
