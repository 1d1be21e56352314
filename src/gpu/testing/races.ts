import { detectRaces } from 'wgsl_reflect/wgsl_reflect.module.js';
import type { Variant } from '../kernel.ts';

export interface Races {
  /** What is unordered, with lines of the expanded code; empty when nothing is. */
  readonly races: readonly string[];
  readonly errors: readonly string[];
}

/**
 * Runs every invocation of each workgroup in an interpreter, in lockstep from barrier to barrier, and reports memory that
 * one invocation writes while another reads or writes it with no barrier between. Buffers are overwritten with results.
 */
export function findRaces<Binding extends string, Param extends string>(
  { spec, code }: Pick<Variant<Binding, Param>, 'spec' | 'code'>,
  bind: Readonly<Record<Binding, Float32Array | Uint32Array>>,
  params: Readonly<Record<Param, number>>,
  workgroups: readonly [number, number],
): Races {
  const names = Object.keys(spec.params) as Param[];
  const block = new ArrayBuffer(Math.ceil((names.length * 4) / 16) * 16);
  names.forEach((name, index) => {
    if (spec.params[name] === 'u32') new Uint32Array(block)[index] = params[name];
    else new Float32Array(block)[index] = params[name];
  });
  const buffers = (Object.keys(spec.bindings) as Binding[]).map((name, index) => [index + 1, bind[name]] as const);
  const group = { 0: { uniform: new Uint32Array(block) }, ...Object.fromEntries(buffers) };
  const { races, errors } = detectRaces(code, spec.entryPoint, [...workgroups, 1], { 0: group });
  return { races: races.map(({ message }) => message), errors };
}
