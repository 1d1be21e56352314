import { expand } from './expand.ts';

/** A kernel's typed spec: what it binds, its parameters, how it is specialised. */

export type Access = 'read' | 'read_write';

export type ParamType = 'u32' | 'f32';

/**
 * `bindings` in the order of the WGSL's @binding numbers 1, 2, …; binding 0 is the uniform struct of `params`, laid
 * out in their order, 4 bytes each. Sizes that a variant fixes are resolved in the text (expand.ts): WGSL does not let
 * `override` size what the register tiles need.
 */
export interface KernelSpec<Binding extends string = string, Param extends string = string> {
  readonly name: string;
  readonly code: string;
  readonly entryPoint: string;
  readonly bindings: Readonly<Record<Binding, Access>>;
  readonly params: Readonly<Record<Param, ParamType>>;
}

export function defineKernel<Binding extends string, Param extends string>(
  spec: KernelSpec<Binding, Param>,
): KernelSpec<Binding, Param> {
  return spec;
}

export interface Variant<Binding extends string = string, Param extends string = string> {
  readonly spec: KernelSpec<Binding, Param>;
  readonly code: string;
  readonly key: string;
}

/** A spec with its constants chosen; the unit that is compiled and cached. */
export function variant<Binding extends string, Param extends string>(
  spec: KernelSpec<Binding, Param>,
  constants: Readonly<Record<string, number>> = {},
): Variant<Binding, Param> {
  const code = expand(spec.code, constants);
  return { spec, code, key: `${spec.entryPoint}\n${code}` };
}
