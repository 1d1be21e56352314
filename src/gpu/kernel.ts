/** A kernel's typed spec: what it binds, its parameters, how it is specialised. */

export type Access = 'read' | 'read_write';

export type ParamType = 'u32' | 'f32';

/**
 * `bindings` in the order of the WGSL's @binding numbers 1, 2, …; binding 0 is the uniform struct of `params`, laid
 * out in their order, 4 bytes each. `constants` are `const NAME: u32 = …;` lines of the WGSL that a variant replaces:
 * WGSL does not let `override` size private arrays, which the register tiles are.
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

/**
 * The WGSL with its `const NAME` lines (type written out, or none) set to the given values.
 * @throws Error for a name the code has no such line for.
 */
export function specialise(code: string, constants: Readonly<Record<string, number>>): string {
  let result = code;
  for (const [name, value] of Object.entries(constants)) {
    const line = new RegExp(`^const ${name}: (u32|f32|i32) = [^;]*;`, 'm');
    const match = line.exec(result);
    if (!match) throw new Error(`The shader has no line "const ${name}: type = …;".`);
    const literal = match[1] === 'f32' ? `${value}f` : `${value}${match[1] === 'u32' ? 'u' : 'i'}`;
    result = result.replace(line, `const ${name}: ${match[1]!} = ${literal};`);
  }
  return result;
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
  const code = specialise(spec.code, constants);
  return { spec, code, key: `${spec.entryPoint}\n${code}` };
}
