import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { create, toBinary } from '@bufbuild/protobuf';
import { GraphProtoSchema, ModelProtoSchema, StringStringEntryProtoSchema, TensorProto_DataLocation, TensorProtoSchema } from 'onnx-buf';
import type { GraphBuilder } from './graph-builder.ts';
import type { StreamedTensor } from './tensors.ts';

/** Tensors below this stay in the graph even where the data is external, as onnx's own writer has it. */
const EXTERNAL_FROM = 1024;

const BUFFER = 1 << 22;

/** Writes one file from the beginning to the end through a buffer of 4 MB. */
class FileWriter {
  readonly #file: number;
  readonly #buffer = new Uint8Array(BUFFER);
  #used = 0;
  bytes = 0;

  constructor(path: string) {
    this.#file = openSync(path, 'w');
  }

  write(bytes: Uint8Array): void {
    this.bytes += bytes.length;
    if (this.#used + bytes.length > BUFFER) this.#flush();
    if (bytes.length >= BUFFER) this.#writeAll(bytes);
    else {
      this.#buffer.set(bytes, this.#used);
      this.#used += bytes.length;
    }
  }

  close(): void {
    this.#flush();
    closeSync(this.#file);
  }

  #flush(): void {
    this.#writeAll(this.#buffer.subarray(0, this.#used));
    this.#used = 0;
  }

  #writeAll(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#file, bytes, at);
  }
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x7f) {
    bytes.push((rest % 128) | 0x80);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return Uint8Array.from(bytes);
}

/** The header of a length-delimited field. */
function header(field: number, length: number): Uint8Array {
  return Uint8Array.from([...varint(field * 8 + 2), ...varint(length)]);
}

/** Field numbers of onnx.proto: ModelProto.graph, GraphProto.initializer, TensorProto.raw_data. */
const GRAPH = 7;
const INITIALIZER = 5;
const RAW_DATA = 9;

export interface WrittenFile {
  readonly path: string;
  readonly bytes: number;
}

export interface DataPlacement {
  /** External data in files of at most so many bytes each (Infinity: one file); null embeds it. */
  readonly chunkBytes: number | null;
}

interface Placed {
  readonly tensor: StreamedTensor;
  /** The TensorProto without raw_data. */
  readonly proto: Uint8Array;
  /** Name of its data file; null where it is embedded. */
  readonly file: string | null;
}

/** Says where each tensor goes: "model_q4.onnx_data", "model_q4.onnx_data_1", … as transformers.js asks for them. */
function place(tensors: readonly StreamedTensor[], name: string, chunkBytes: number | null): Placed[] {
  let chunk = 0;
  let offset = 0;
  return tensors.map((tensor) => {
    const { name: tensorName, dims, dataType, byteLength } = tensor;
    const proto = create(TensorProtoSchema, { name: tensorName, dims: dims.map(BigInt), dataType });
    let file: string | null = null;
    if (chunkBytes !== null && byteLength >= EXTERNAL_FROM) {
      if (offset > 0 && offset + byteLength > chunkBytes) {
        chunk += 1;
        offset = 0;
      }
      file = `${name}_data${chunk === 0 ? '' : `_${chunk}`}`;
      const entries = { location: file, offset: String(offset), length: String(byteLength) };
      proto.externalData = Object.entries(entries).map(([key, value]) => create(StringStringEntryProtoSchema, { key, value }));
      proto.dataLocation = TensorProto_DataLocation.EXTERNAL;
      offset += byteLength;
    }
    return { tensor, proto: toBinary(TensorProtoSchema, proto), file };
  });
}

function stream(tensor: StreamedTensor, writer: FileWriter): void {
  const before = writer.bytes;
  for (const chunk of tensor.chunks()) writer.write(chunk);
  if (writer.bytes - before !== tensor.byteLength) {
    throw new Error(`${tensor.name} gave ${writer.bytes - before} bytes of the ${tensor.byteLength} that its shape takes.`);
  }
}

/**
 * Writes a model; of its contents only pieces of 4 MB are in memory. The small part is written by onnx-buf, the fields
 * that hold tensors by hand: their lengths are known beforehand.
 * @returns the files, relative to `folder`
 */
export function writeOnnx(folder: string, name: string, builder: GraphBuilder, producer: string, { chunkBytes }: DataPlacement): WrittenFile[] {
  const placed = place(builder.tensors, name, chunkBytes);
  const before = toBinary(GraphProtoSchema, create(GraphProtoSchema, { node: builder.nodes, name: 'main_graph' }));
  const after = toBinary(GraphProtoSchema, create(GraphProtoSchema, { input: builder.inputs, output: builder.outputs }));
  const headers = placed.map(({ tensor, proto, file }) => {
    const raw = file === null ? header(RAW_DATA, tensor.byteLength) : new Uint8Array(0);
    const body = proto.length + raw.length + (file === null ? tensor.byteLength : 0);
    return { start: Uint8Array.from([...header(INITIALIZER, body), ...proto, ...raw]), body };
  });
  const initializers = headers.reduce((sum, { body }) => sum + header(INITIALIZER, body).length + body, 0);
  const graph = before.length + initializers + after.length;

  const writer = new FileWriter(join(folder, name));
  writer.write(toBinary(ModelProtoSchema, create(ModelProtoSchema, {
    irVersion: 8n, producerName: producer, opsetImport: [{ domain: '', version: 14n }, { domain: 'com.microsoft', version: 1n }],
  })));
  writer.write(header(GRAPH, graph));
  writer.write(before);
  placed.forEach(({ tensor, file }, index) => {
    writer.write(headers[index].start);
    if (file === null) stream(tensor, writer);
  });
  writer.write(after);
  writer.close();

  const data: WrittenFile[] = [];
  for (const file of new Set(placed.flatMap(({ file: path }) => path ?? []))) {
    const chunk = new FileWriter(join(folder, file));
    for (const { tensor, file: path } of placed) if (path === file) stream(tensor, chunk);
    chunk.close();
    data.push({ path: file, bytes: chunk.bytes });
  }
  return [{ path: name, bytes: writer.bytes }, ...data];
}
