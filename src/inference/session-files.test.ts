import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { loadBackbone, type Backbone } from '../backbone/load.ts';
import { folderSource } from '../backbone/testing/folder-source.ts';
import { SHAPES } from '../backbone/testing/random-model/shapes.ts';
import { writeRandomModel } from '../backbone/testing/random-model/write-random-model.ts';
import type { BytePatch } from '../backbone/types.ts';
import { createRoutedSession } from './session.ts';
import { sessionFile } from './session-files.ts';
import { LARGE_MODEL, wasmBytes, wasmNote } from './session-memory.ts';
import { loadNodeRuntime } from './testing/node-runtime.ts';

/** Node has no FileReaderSync; this one reads blobs that know their bytes, and counts what is asked of it. */
class BytesBlob extends Blob {
  readonly content: Uint8Array<ArrayBuffer>;
  constructor(bytes: Uint8Array<ArrayBuffer>) {
    super([bytes]);
    this.content = bytes;
  }
  override slice(start = 0, end = this.content.length): Blob {
    return new BytesBlob(this.content.slice(start, end));
  }
}

const asked: number[] = [];

class FakeReader {
  readAsArrayBuffer(blob: Blob): ArrayBuffer {
    if (!(blob instanceof BytesBlob)) throw new TypeError('Not a blob of this test.');
    asked.push(blob.size);
    return blob.content.buffer;
  }
}

afterEach(() => {
  vi.unstubAllGlobals();
  asked.length = 0;
});

const content = Uint8Array.from({ length: 1000 }, (_, index) => index % 251);
const patches: readonly BytePatch[] = [
  { file: null, offset: 10, bytes: Uint8Array.of(1, 2, 3) },
  { file: 'other', offset: 0, bytes: Uint8Array.of(9, 9, 9) },
];
const patched = Uint8Array.from(content);
patched.set([1, 2, 3], 10);

describe('a file as onnxruntime takes it', () => {
  it('is read whole where bytes cannot be read at once', async () => {
    const { path, data } = await sessionFile('weights', null, new BytesBlob(content), patches);
    expect(path).toBe('weights');
    expect(data).toEqual(patched);
  });

  it('is otherwise read slice by slice, patched by its own patches', async () => {
    vi.stubGlobal('FileReaderSync', FakeReader);
    const { data } = await sessionFile('weights', null, new BytesBlob(content), patches);
    expect(data).toBeInstanceOf(Uint8Array);
    expect([data.length, data.byteLength]).toEqual([0, content.length]);
    expect(data.subarray(11, 200)).toEqual(patched.slice(11, 200));
    expect(asked).toEqual([189]);
    const other = await sessionFile('other', 'other', new BytesBlob(content), patches);
    expect([...other.data.subarray(0, 4)]).toEqual([9, 9, 9, content[3]]);
  });

  it('is refused beyond what onnxruntime can address', async () => {
    const huge = (gigabytes: number): Blob => Object.defineProperty(new Blob([]), 'size', { value: gigabytes * 2 ** 30 });
    await expect(sessionFile('x', 'x', huge(2.5), [])).rejects.toThrow(/file x has 2\.5 GiB.*at most 2 GiB/);
    vi.stubGlobal('FileReaderSync', FakeReader);
    await expect(sessionFile('x', null, huge(4.5), [])).rejects.toThrow(/4\.5 GiB.*at most 4 GiB/);
  });
});

describe('a session', () => {
  const folder = mkdtempSync(join(tmpdir(), 'session-files-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  let backbone: Backbone;
  let bytes: Uint8Array<ArrayBuffer>;
  beforeAll(async () => {
    const shape = { ...SHAPES['qwen2.5-0.5b'], layers: 1, hiddenSize: 128, heads: 4, kvHeads: 2, headDim: 32, intermediateSize: 192, vocabSize: 512, maxPositions: 64 };
    writeRandomModel(folder, { shape, storage: 'q4', style: 'gqa', embedding: 'float', head: 'tied-transpose', accuracyLevel: null, naming: 'rank', chunkBytes: null, seed: 4 });
    backbone = await loadBackbone(folderSource(folder));
    bytes = Uint8Array.from(readFileSync(join(folder, 'onnx/model_q4.onnx')));
  });

  async function logits(graph: Blob, own: readonly BytePatch[] = []): Promise<Float32Array> {
    const session = await createRoutedSession({ graph, patches: own, config: backbone.config, adapters: null, provider: 'wasm', loadRuntime: loadNodeRuntime });
    const batch = session.open(1);
    const result = await batch.extend(0, [3, 1, 4, 1, 5], [0, 0, 0, 0, 0]);
    await session.destroy();
    return result;
  }

  it('reads its weights one at a time where it can, and computes the same', async () => {
    const whole = await logits(backbone.graph.blob);
    vi.stubGlobal('FileReaderSync', FakeReader);
    expect(await logits(new BytesBlob(bytes))).toEqual(whole);
    expect(asked.length).toBeGreaterThan(0);
    expect(Math.max(...asked)).toBe(512 * 128 * 4);
  });

  it('computes with patched weights as with a file that holds them', async () => {
    const { place } = backbone.weights.embedding.kind === 'float' ? backbone.weights.embedding.tensor.bytes : { place: null };
    const rows = new Uint8Array(Float32Array.from({ length: 256 }, (_, index) => Math.sin(index) / 10).buffer);
    const patch: BytePatch = { file: null, offset: place!.offset + 4 * 128 * 4, bytes: rows };
    const changed = Uint8Array.from(bytes);
    changed.set(rows, patch.offset);
    const expected = await logits(new Blob([changed]));
    expect(await logits(backbone.graph.blob, [patch])).toEqual(expected);
    expect(await logits(backbone.graph.blob)).not.toEqual(expected);
    vi.stubGlobal('FileReaderSync', FakeReader);
    expect(await logits(new BytesBlob(bytes), [patch])).toEqual(expected);
  });
});

describe("a session's memory", () => {
  it('is told of large models, and refused beyond what WebAssembly can address', () => {
    expect(wasmNote(LARGE_MODEL, 'float16')).toBeNull();
    expect(wasmNote(783e6, 'float32')).toMatch(/about 1\.0 GB of WebAssembly's memory, of which there are 4\.3 GB/);
    expect(wasmBytes(480e6, 'float16')).toBeGreaterThan(1.48e9);
    expect(() => wasmNote(3.1e9, 'float16')).toThrow(/float16 matrices in float32; model_q4\.onnx/);
    expect(() => wasmNote(4e9, 'float32')).toThrow(/smaller export/);
  });
});
