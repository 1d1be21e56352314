import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readOnnxFile } from './onnx-file.ts';
import { readVarint } from './protobuf.ts';
import { BackboneError } from './types.ts';
import { onnxBytes, varint, type ModelParts } from './testing/onnx-writer.ts';

const noExternal = (location: string): Promise<Blob> => Promise.reject(new BackboneError(`no ${location}`));
const open = (model: ModelParts, windowBytes?: number): ReturnType<typeof readOnnxFile> => readOnnxFile(new Blob([onnxBytes(model)]), noExternal, windowBytes);

describe('readVarint', () => {
  it('reads every signed 64-bit integer that a number can hold', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        const bytes = varint(value);
        expect(readVarint(bytes, 0, 0)).toEqual({ value, next: bytes.length });
      }),
    );
  });
});

describe('readOnnxFile', () => {
  const model: ModelParts = {
    nodes: [
      { name: 'n0', op: 'Foo', inputs: ['x', '', 'w'], outputs: ['y'], ints: { axis: -1, K: 96 }, floats: { epsilon: 0.5 } },
      { name: 'c', op: 'Constant', inputs: [], outputs: ['k'], constant: { name: 'inside', dims: [2], dataType: 1, raw: new Uint8Array(Float32Array.of(3, 4).buffer) } },
    ],
    initializers: [
      { name: 'w', dims: [2, 2], dataType: 1, raw: new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer) },
      { name: 'packed', dims: [3], dataType: 1, packedDims: true, floats: [1, 0.5, -2] },
      { name: 'half', dims: [2], dataType: 10, ints: [0x3c00, 0xc000] },
      { name: 'bytes', dims: [3], dataType: 2, ints: [1, 255, 7] },
      { name: 'shape', dims: [1], dataType: 7, raw: Uint8Array.from([5, 0, 0, 0, 0, 0, 0, 0]) },
    ],
    inputs: ['input_ids'],
    outputs: ['logits', 'present.0.key'],
  };

  it.each([16, 100, 1 << 20])('reads nodes, attributes, constants and every way to store values, by windows of %i bytes', async (windowBytes) => {
    const file = await open(model, windowBytes);
    expect(file.producer).toBe('test');
    expect(file.inputs).toEqual(['input_ids']);
    expect(file.outputs).toEqual(['logits', 'present.0.key']);
    const [node, constant] = file.nodes;
    expect(node).toMatchObject({ name: 'n0', op: 'Foo', inputs: ['x', '', 'w'], outputs: ['y'], constant: null });
    expect(node.attributes.get('axis')?.i).toBe(-1);
    expect(node.attributes.get('K')?.i).toBe(96);
    expect(node.attributes.get('epsilon')?.f).toBe(0.5);
    const floats = async (name: string): Promise<number[]> => [...new Float32Array((await file.initializers.get(name)!.bytes!.read()).buffer)];
    expect(await floats('w')).toEqual([1, 2, 3, 4]);
    expect(await floats('packed')).toEqual([1, 0.5, -2]);
    expect(file.initializers.get('packed')?.dims).toEqual([3]);
    expect([...(await file.initializers.get('half')!.bytes!.read())]).toEqual([0, 0x3c, 0, 0xc0]);
    expect([...(await file.initializers.get('bytes')!.bytes!.read(1))]).toEqual([255, 7]);
    expect([...new Float32Array((await constant.constant!.bytes!.read()).buffer)]).toEqual([3, 4]);
    const { place } = constant.constant!.bytes!;
    expect([...new Float32Array(onnxBytes(model).slice(place!.offset, place!.offset + 8).buffer)]).toEqual([3, 4]);
  });

  it('skips the contents of initialisers: a large model is walked with a few windows', async () => {
    const big = { name: 'big', dims: [4, 1 << 20], dataType: 1, raw: new Uint8Array(16 << 20) };
    const file = await open({ nodes: model.nodes, initializers: [big, { ...big, name: 'other' }] }, 64 * 1024);
    expect(file.bytesRead).toBeLessThan(512 * 1024);
    const place = file.initializers.get('other')!.bytes!.place!;
    expect(place.file).toBeNull();
    // 'big' with its header, and this one's, stand before it.
    expect(place.offset).toBeGreaterThan(big.raw.length);
    expect(file.initializers.get('other')!.bytes!.byteLength).toBe(16 << 20);
  });

  it('reads external data at its offset, opening each file once', async () => {
    const opened: string[] = [];
    const data = new Blob([new Uint8Array(Float32Array.of(9, 8, 7, 6).buffer)]);
    const external = (name: string, offset: string): ModelParts['initializers'][number] => ({ name, dims: [2], dataType: 1, external: { location: 'model.onnx_data', offset, length: '8' } });
    const bytes = onnxBytes({ nodes: model.nodes, initializers: [external('a', '0'), external('b', '8')] });
    const file = await readOnnxFile(new Blob([bytes]), (location) => {
      opened.push(location);
      return Promise.resolve(data);
    });
    expect(opened).toEqual(['model.onnx_data']);
    expect(file.externalFiles).toEqual(['model.onnx_data']);
    expect(file.initializers.get('b')?.bytes?.place).toEqual({ file: 'model.onnx_data', offset: 8 });
    expect([...new Float32Array((await file.initializers.get('b')!.bytes!.read()).buffer)]).toEqual([7, 6]);
    const short = onnxBytes({ nodes: model.nodes, initializers: [external('c', '12')] });
    await expect(readOnnxFile(new Blob([short]), () => Promise.resolve(data))).rejects.toThrow(/"c".*ends at byte 20.*only 16 bytes/);
  });

  it('refuses an initialiser whose bytes do not fit its shape', async () => {
    await expect(open({ nodes: model.nodes, initializers: [{ name: 'w', dims: [3], dataType: 1, raw: new Uint8Array(8) }] })).rejects.toThrow(/"w".*float32 \[3\], which takes 12 bytes, and the file holds 8/);
  });

  it('tells any truncation of a real file with a byte offset, and never hangs', async () => {
    const whole = readFileSync('fixtures/golden/qwen2-q4-zp/onnx/model_q4.onnx');
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: whole.length - 1 }), async (length) => {
        await expect(readOnnxFile(new Blob([whole.subarray(0, length)]), noExternal)).rejects.toThrow(BackboneError);
      }),
      { numRuns: 40 },
    );
  });

  it('never fails otherwise than with a BackboneError on damaged bytes', async () => {
    const whole = readFileSync('fixtures/golden/qwen2-q4-zp/onnx/model_q4.onnx');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.integer({ min: 0, max: 8000 }), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 5 }), async (changes) => {
        const damaged = Uint8Array.from(whole);
        for (const [at, byte] of changes) damaged[at] = byte;
        try {
          await readOnnxFile(new Blob([damaged]), noExternal);
        } catch (error) {
          expect(error).toBeInstanceOf(BackboneError);
        }
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    ['an empty file', new Uint8Array(0), /empty/],
    ['a web page', new TextEncoder().encode('<!doctype html><html lang="en"><head></head></html>'), /protobuf|ONNX|truncated/],
    ['a message without a graph', Uint8Array.from([8, 8]), /no ONNX graph/],
  ])('refuses %s', async (_name, bytes, message) => {
    await expect(readOnnxFile(new Blob([bytes]), noExternal)).rejects.toThrow(message);
  });
});
