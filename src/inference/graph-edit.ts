import { create } from '@bufbuild/protobuf';
import {
  AttributeProtoSchema,
  AttributeProto_AttributeType,
  NodeProtoSchema,
  TensorProto_DataType,
  TensorProtoSchema,
  TypeProtoSchema,
  ValueInfoProtoSchema,
  type GraphProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from 'onnx-buf';

/** Who makes a value and who reads it, as the graph stood when this was made. */
export class GraphIndex {
  readonly #graph: GraphProto;
  readonly #producers = new Map<string, NodeProto>();
  readonly #consumers = new Map<string, NodeProto[]>();
  readonly #initializers: ReadonlyMap<string, TensorProto>;

  constructor(graph: GraphProto) {
    this.#graph = graph;
    this.#initializers = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
    for (const node of graph.node) {
      for (const output of node.output) this.#producers.set(output, node);
      for (const input of new Set(node.input)) {
        const known = this.#consumers.get(input);
        if (known) known.push(node);
        else this.#consumers.set(input, [node]);
      }
    }
  }

  producer(value: string): NodeProto | undefined {
    return this.#producers.get(value);
  }

  /** The one reader of a value, if it has exactly one and is no output of the graph. */
  onlyConsumer(value: string): NodeProto | undefined {
    const all = this.#consumers.get(value) ?? [];
    return all.length === 1 && !this.#graph.output.some(({ name }) => name === value) ? all[0] : undefined;
  }

  /** The initialiser itself; undefined where the value is computed. */
  initializer(value: string): TensorProto | undefined {
    return this.#initializers.get(value);
  }

  /** Element type of a constant or what is made of one by Cast, Transpose, Identity or DequantizeLinear. */
  constantType(value: string | undefined): number | undefined {
    if (value === undefined || value === '') return undefined;
    const tensor = this.#initializers.get(value);
    if (tensor) return tensor.dataType;
    const node = this.#producers.get(value);
    switch (node?.opType) {
      case 'Constant':
        return node.attribute.find(({ name }) => name === 'value')?.t?.dataType;
      case 'Cast': {
        const to = node.attribute.find(({ name }) => name === 'to');
        return to === undefined ? undefined : Number(to.i);
      }
      case 'Identity':
      case 'Transpose':
        return this.constantType(node.input[0]);
      case 'DequantizeLinear':
        return this.constantType(node.input[1]);
      default:
        return undefined;
    }
  }
}

/** int64 vectors, each content once. */
export class Constants {
  readonly #graph: GraphProto;
  constructor(graph: GraphProto) {
    this.#graph = graph;
  }

  integers(values: readonly number[]): string {
    const name = `/routing/int64/${values.join(',')}`;
    if (!this.#graph.initializer.some((tensor) => tensor.name === name)) {
      this.#graph.initializer.push(create(TensorProtoSchema, { name, dataType: TensorProto_DataType.INT64, dims: [BigInt(values.length)], rawData: new Uint8Array(BigInt64Array.from(values, BigInt).buffer) }));
    }
    return name;
  }
}

export function floats(name: string, values: Float32Array<ArrayBuffer>, dims: readonly number[]): TensorProto {
  return create(TensorProtoSchema, { name, dataType: TensorProto_DataType.FLOAT, dims: dims.map(BigInt), rawData: new Uint8Array(values.buffer, values.byteOffset, values.byteLength) });
}

export function makeNode(opType: string, input: string[], output: string, attribute: ReturnType<typeof integer>[] = []): NodeProto {
  return create(NodeProtoSchema, { name: output, opType, input, output: [output], attribute });
}

export function castNode(input: string, to: number, output: string): NodeProto {
  return makeNode('Cast', [input], output, [integer('to', to)]);
}

export function integer(name: string, value: number) {
  return create(AttributeProtoSchema, { name, i: BigInt(value), type: AttributeProto_AttributeType.INT });
}

export function valueInfo(name: string, elemType: number, dims: readonly (number | string)[]): ValueInfoProto {
  const dim = dims.map((size) => ({ value: typeof size === 'number' ? { case: 'dimValue' as const, value: BigInt(size) } : { case: 'dimParam' as const, value: size } }));
  return create(ValueInfoProtoSchema, { name, type: create(TypeProtoSchema, { value: { case: 'tensorType', value: { elemType, shape: { dim } } } }) });
}

/** Element type of a graph's input or output. */
export function elementType({ type }: ValueInfoProto): number | undefined {
  return type?.value.case === 'tensorType' ? type.value.value.elemType : undefined;
}
