import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { KernelSpec } from '../kernel.ts';
import * as attention from './attention.ts';
import * as elementwise from './elementwise.ts';
import * as embedding from './embedding.ts';
import * as gradients from './gradients.ts';
import * as head from './head.ts';
import * as matmul from './matmul.ts';
import * as norm from './norm.ts';
import * as optimiser from './optimiser.ts';

function isSpec(value: unknown): value is KernelSpec {
  return typeof value === 'object' && value !== null && 'code' in value && 'bindings' in value;
}

const modules: readonly object[] = [attention, elementwise, embedding, gradients, head, matmul, norm, optimiser];
const specs = modules.flatMap((module) => Object.values(module).filter(isSpec));

describe('kernel specs', () => {
  it('are one a shader file', () => {
    const files = readdirSync('shaders').filter((file) => file.endsWith('.wgsl'));
    expect(specs.map(({ name }) => `${name}.wgsl`).sort()).toEqual(files.sort());
  });

  describe.each(specs.map((spec) => [spec.name, spec] as const))('%s', (_, { code, bindings, params, entryPoint }) => {
    it('lists the parameters of the WGSL, in its order', () => {
      const struct = /struct Params \{([^}]*)\}/.exec(code)?.[1] ?? '';
      expect(struct.split(',').map((field) => field.trim().split(/:\s*/))).toEqual(Object.entries(params));
    });

    it('lists the bindings of the WGSL in the order of their numbers, with its access', () => {
      const declared = [...code.matchAll(/@binding\((\d+)\) var<storage, (\w+)> (\w+)/g)].map(([, number, access, name]) => ({ number: Number(number), name, access }));
      // A binding that a variant declares in two ways (f16 or f32) stands in the text twice.
      const unique = [...new Map(declared.map((one) => [one.number, one])).values()].sort((a, b) => a.number - b.number);
      expect(unique.map(({ number }) => number)).toEqual(unique.map((__, index) => index + 1));
      expect(unique.map(({ name, access }) => [name.toLowerCase(), access])).toEqual(Object.entries(bindings).map(([name, access]) => [name.toLowerCase(), access]));
      expect(Object.keys(bindings).length).toBeLessThanOrEqual(8); // WebGPU's default limit
      expect(code).toContain(`fn ${entryPoint}(`);
    });

    it('has a header that says what is computed', () => {
      expect(code.startsWith('//')).toBe(true);
    });
  });
});
