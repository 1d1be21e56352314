import { create, fromBinary } from '@bufbuild/protobuf';
import { GraphProtoSchema, ModelProtoSchema, StringStringEntryProtoSchema, TensorProtoSchema, TensorProto_DataLocation, type ModelProto, type TensorProto } from 'onnx-buf';
import { applyPatches } from '../backbone/lazy-bytes.ts';
import { BlobWindow, walkBlob, type WireField } from '../backbone/protobuf.ts';
import { BackboneError, type BytePatch } from '../backbone/types.ts';

/** The name under which a session is given the graph's own file as external data. */
export const OWN_FILE = 'seesaw-weights';

/** Contents of this size or more stay in the file: real files have some 300 such tensors, and 1 MB of everything else. */
export const LARGE_BYTES = 64 * 1024;

/** Fields of ModelProto, GraphProto and TensorProto (onnx.proto). */
const GRAPH = 7;
const INITIALIZER = 5;
const RAW_DATA = 9;

/** Raw pieces of one message, which may be decoded as if they stood alone. */
class Pieces {
  readonly #window: BlobWindow;
  readonly #patches: readonly BytePatch[];
  readonly #parts: Uint8Array[] = [];
  #size = 0;

  constructor(window: BlobWindow, patches: readonly BytePatch[]) {
    this.#window = window;
    this.#patches = patches;
  }

  /** Bytes [start, end) of the file, which are whole fields. */
  async add(start: number, end: number): Promise<void> {
    // Copied, because the next read may replace the window.
    const bytes = Uint8Array.from(await this.#window.view(start, end));
    applyPatches(bytes, { file: null, offset: start }, this.#patches);
    this.#parts.push(bytes);
    this.#size += bytes.length;
  }

  message(): Uint8Array {
    const whole = new Uint8Array(this.#size);
    let at = 0;
    for (const part of this.#parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }
}

/**
 * A model's graph with every large initialiser left where it stands: those become external data of `OWN_FILE`, the very
 * file that was read, and those that are external already stay so. Of a file of 786 MB some 2 MB are read.
 * @param patches those of the graph's own file are in what is read; those of large initialisers are the session's part
 * @throws BackboneError when the file is no ONNX model
 */
export async function readSkeleton(file: Blob, patches: readonly BytePatch[] = [], largeBytes = LARGE_BYTES): Promise<ModelProto> {
  const window = new BlobWindow(file);
  const outer = new Pieces(window, patches);
  const inner = new Pieces(window, patches);
  const tensors: TensorProto[] = [];
  let found = false;
  try {
    let at = 0;
    for await (const field of walkBlob(window)) {
      if (field.number === GRAPH && field.wire === 2) {
        found = true;
        await readGraph(window, field, inner, tensors, patches, largeBytes);
      } else await outer.add(at, field.end);
      at = field.end;
    }
    if (!found) throw new BackboneError("The model's file holds no graph.");
    const model = fromBinary(ModelProtoSchema, outer.message());
    model.graph = fromBinary(GraphProtoSchema, inner.message());
    model.graph.initializer.push(...tensors);
    return model;
  } catch (error) {
    if (error instanceof BackboneError) throw error;
    throw new BackboneError(`The model's file is no ONNX graph (${error instanceof Error ? error.message : String(error)}).`);
  }
}

async function readGraph(window: BlobWindow, graph: WireField, pieces: Pieces, tensors: TensorProto[], patches: readonly BytePatch[], largeBytes: number): Promise<void> {
  let at = graph.start;
  for await (const field of walkBlob(window, graph.start, graph.end)) {
    const tensor = field.number === INITIALIZER && field.wire === 2 && field.end - field.start >= largeBytes ? await largeTensor(window, field, patches, largeBytes) : null;
    if (tensor) tensors.push(tensor);
    else await pieces.add(at, field.end);
    at = field.end;
  }
}

/** The tensor without its contents, or null where those are not in one piece (numbers in typed fields, external data). */
async function largeTensor(window: BlobWindow, { start, end }: WireField, patches: readonly BytePatch[], largeBytes: number): Promise<TensorProto | null> {
  const pieces = new Pieces(window, patches);
  let raw: WireField | null = null;
  let at = start;
  for await (const field of walkBlob(window, start, end)) {
    if (field.number === RAW_DATA && field.wire === 2) raw = field;
    else if (field.end - at >= largeBytes) return null;
    else await pieces.add(at, field.end);
    at = field.end;
  }
  if (!raw || raw.end - raw.start < largeBytes) return null;
  const tensor = fromBinary(TensorProtoSchema, pieces.message());
  tensor.dataLocation = TensorProto_DataLocation.EXTERNAL;
  tensor.externalData = Object.entries({ location: OWN_FILE, offset: raw.start, length: raw.end - raw.start }).map(([key, value]) => create(StringStringEntryProtoSchema, { key, value: String(value) }));
  return tensor;
}
