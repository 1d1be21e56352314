import { create } from '@bufbuild/protobuf';
import {
  AttributeProtoSchema,
  AttributeProto_AttributeType,
  NodeProtoSchema,
  TensorProto_DataType,
  TensorProtoSchema,
  TypeProtoSchema,
  ValueInfoProtoSchema,
  type AttributeProto,
  type NodeProto,
  type ValueInfoProto,
} from 'onnx-buf';
import { floatToHalf } from '../../half-floats.ts';
import { int64Tensor, storedTensor, DATA_TYPE, type FloatType, type StreamedTensor } from './tensors.ts';

export function integer(name: string, value: number): AttributeProto {
  return create(AttributeProtoSchema, { name, i: BigInt(value), type: AttributeProto_AttributeType.INT });
}

export function integers(name: string, values: readonly number[]): AttributeProto {
  return create(AttributeProtoSchema, { name, ints: values.map(BigInt), type: AttributeProto_AttributeType.INTS });
}

export function float(name: string, value: number): AttributeProto {
  return create(AttributeProtoSchema, { name, f: value, type: AttributeProto_AttributeType.FLOAT });
}

function floatBytes(value: number, type: FloatType): Uint8Array<ArrayBuffer> {
  return new Uint8Array(type === 'float32' ? Float32Array.of(value).buffer : Uint16Array.of(floatToHalf(value)).buffer);
}

/** A graph's nodes, in order, and its initialisers; the contents of large ones are made when they are written. */
export class GraphBuilder {
  readonly nodes: NodeProto[] = [];
  readonly tensors: StreamedTensor[] = [];
  readonly inputs: ValueInfoProto[] = [];
  readonly outputs: ValueInfoProto[] = [];
  readonly #names = new Set<string>();
  /** What stands between a node's name and the number of its output: "/" for onnxruntime-genai, "_" for PyTorch. */
  readonly #separator: '/' | '_';

  constructor(separator: '/' | '_') {
    this.#separator = separator;
  }

  /** The name that the exporter gives the first output of a node. */
  output(node: string, index = 0): string {
    return `${node}${this.#separator}output_${index}`;
  }

  /** Adds a node with one output. @returns the output's name */
  node(op: string, name: string, inputs: readonly string[], attributes: readonly AttributeProto[] = [], output = this.output(name), domain = ''): string {
    this.nodeWith(op, name, inputs, [output], attributes, domain);
    return output;
  }

  nodeWith(op: string, name: string, inputs: readonly string[], outputs: readonly string[], attributes: readonly AttributeProto[] = [], domain = ''): void {
    this.nodes.push(create(NodeProtoSchema, { name, opType: op, domain, input: [...inputs], output: [...outputs], attribute: [...attributes] }));
  }

  cast(name: string, input: string, to: TensorProto_DataType, output?: string): string {
    return this.node('Cast', name, [input], [integer('to', to)], output);
  }

  /** Adds an initialiser, once by its name. @returns the name */
  tensor(tensor: StreamedTensor): string {
    if (!this.#names.has(tensor.name)) {
      this.#names.add(tensor.name);
      this.tensors.push(tensor);
    }
    return tensor.name;
  }

  /** An int64 constant as an initialiser under the name that onnxruntime-genai gives it; a number is a scalar. */
  constant(value: number | readonly number[]): string {
    const vector = typeof value !== 'number';
    const name = `/model/constants/INT64/${vector ? `[${value.join(', ')}]` : value}`;
    return this.tensor(int64Tensor(name, vector ? [value.length] : [], vector ? value : [value]));
  }

  /** A scalar or vector as a Constant node, as PyTorch's exporter writes them. */
  constantNode(name: string, value: number | readonly number[], type: FloatType | 'int64'): string {
    const vector = typeof value !== 'number';
    const values = vector ? value : [value];
    const rawData = type === 'int64' ? new Uint8Array(BigInt64Array.from(values, BigInt).buffer) : floatBytes(values[0], type);
    const t = create(TensorProtoSchema, { dims: vector ? [BigInt(values.length)] : [], dataType: type === 'int64' ? TensorProto_DataType.INT64 : DATA_TYPE[type], rawData });
    return this.node('Constant', name, [], [create(AttributeProtoSchema, { name: 'value', t, type: AttributeProto_AttributeType.TENSOR })]);
  }

  /** A float scalar as an initialiser. */
  scalar(name: string, value: number, type: FloatType): string {
    return this.tensor(storedTensor(name, [], DATA_TYPE[type], floatBytes(value, type)));
  }

  input(name: string, type: TensorProto_DataType, dims: readonly (number | string)[]): void {
    this.inputs.push(valueInfo(name, type, dims));
  }

  result(name: string, type: TensorProto_DataType, dims: readonly (number | string)[]): void {
    this.outputs.push(valueInfo(name, type, dims));
  }
}

function valueInfo(name: string, elemType: TensorProto_DataType, dims: readonly (number | string)[]): ValueInfoProto {
  const dim = dims.map((size) => ({ value: typeof size === 'number' ? { case: 'dimValue' as const, value: BigInt(size) } : { case: 'dimParam' as const, value: size } }));
  return create(ValueInfoProtoSchema, { name, type: create(TypeProtoSchema, { value: { case: 'tensorType', value: { elemType, shape: { dim } } } }) });
}
