/** Writes small ONNX files for tests: just enough of the wire format to say what a test wants to say. */

type Part = Uint8Array | readonly Part[];

function flatten(part: Part): Uint8Array[] {
  return part instanceof Uint8Array ? [part] : part.flatMap(flatten);
}

function concat(part: Part): Uint8Array<ArrayBuffer> {
  const parts = flatten(part);
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const bytes of parts) {
    whole.set(bytes, at);
    at += bytes.length;
  }
  return whole;
}

export function varint(value: bigint | number): Uint8Array {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  do {
    const more = rest >> 7n > 0n;
    bytes.push(Number(rest & 0x7fn) | (more ? 0x80 : 0));
    rest >>= 7n;
  } while (rest > 0n);
  return Uint8Array.from(bytes);
}

export function integer(field: number, value: number): Part {
  return [varint(field * 8), varint(value)];
}

export function delimited(field: number, contents: string | Part): Part {
  const bytes = typeof contents === 'string' ? new TextEncoder().encode(contents) : concat(contents);
  return [varint(field * 8 + 2), varint(bytes.length), bytes];
}

function float(field: number, value: number): Part {
  return [varint(field * 8 + 5), new Uint8Array(Float32Array.of(value).buffer)];
}

export interface TensorParts {
  readonly name: string;
  readonly dims: readonly number[];
  readonly dataType: number;
  readonly raw?: Uint8Array;
  readonly floats?: readonly number[];
  readonly ints?: readonly number[];
  readonly external?: Readonly<Record<string, string>>;
  readonly packedDims?: boolean;
}

export function tensor(parts: TensorParts): Part {
  return [
    parts.packedDims ? delimited(1, parts.dims.map(varint)) : parts.dims.map((dim) => integer(1, dim)),
    integer(2, parts.dataType),
    parts.floats ? delimited(4, new Uint8Array(Float32Array.from(parts.floats).buffer)) : [],
    parts.ints ? delimited(5, parts.ints.map(varint)) : [],
    delimited(8, parts.name),
    parts.raw ? delimited(9, parts.raw) : [],
    Object.entries(parts.external ?? {}).map(([key, value]) => delimited(13, [delimited(1, key), delimited(2, value)])),
    parts.external ? integer(14, 1) : [],
  ];
}

export interface NodeParts {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly ints?: Readonly<Record<string, number>>;
  readonly lists?: Readonly<Record<string, readonly number[]>>;
  readonly floats?: Readonly<Record<string, number>>;
  readonly constant?: TensorParts;
  readonly subgraph?: boolean;
}

export function node(parts: NodeParts): Part {
  const attributes = [
    ...Object.entries(parts.ints ?? {}).map(([name, value]) => delimited(5, [delimited(1, name), integer(3, value), integer(20, 2)])),
    ...Object.entries(parts.lists ?? {}).map(([name, values]) => delimited(5, [delimited(1, name), values.map((value) => integer(8, value)), integer(20, 7)])),
    ...Object.entries(parts.floats ?? {}).map(([name, value]) => delimited(5, [delimited(1, name), float(2, value), integer(20, 1)])),
    parts.constant ? delimited(5, [delimited(1, 'value'), delimited(5, tensor(parts.constant)), integer(20, 4)]) : [],
    parts.subgraph ? delimited(5, [delimited(1, 'then_branch'), delimited(6, []), integer(20, 5)]) : [],
  ];
  return [parts.inputs.map((name) => delimited(1, name)), parts.outputs.map((name) => delimited(2, name)), delimited(3, parts.name), delimited(4, parts.op), attributes];
}

export interface ModelParts {
  readonly nodes: readonly NodeParts[];
  readonly initializers: readonly TensorParts[];
  readonly inputs?: readonly string[];
  readonly outputs?: readonly string[];
}

/** A whole model as bytes. */
export function onnxBytes(model: ModelParts): Uint8Array<ArrayBuffer> {
  const graph = [
    model.nodes.map((parts) => delimited(1, node(parts))),
    delimited(2, 'main_graph'),
    model.initializers.map((parts) => delimited(5, tensor(parts))),
    (model.inputs ?? []).map((name) => delimited(11, delimited(1, name))),
    (model.outputs ?? ['logits']).map((name) => delimited(12, delimited(1, name))),
  ];
  return concat([integer(1, 8), delimited(2, 'test'), delimited(7, graph)]);
}
