import { create as message, toBinary } from '@bufbuild/protobuf';
import { AttributeProtoSchema, AttributeProto_AttributeType, GraphProtoSchema, ModelProtoSchema, NodeProtoSchema, OperatorSetIdProtoSchema, TensorProtoSchema, TypeProtoSchema, ValueInfoProtoSchema, type AttributeProto, type ValueInfoProto } from 'onnx-buf';

const FLOAT = 1;
const UINT8 = 2;

function integer(name: string, value: number): AttributeProto {
  return message(AttributeProtoSchema, { name, i: BigInt(value), type: AttributeProto_AttributeType.INT });
}

function floats(name: string, dims: readonly number[]): ValueInfoProto {
  const shape = { dim: dims.map((dim) => ({ value: { case: 'dimValue' as const, value: BigInt(dim) } })) };
  return message(ValueInfoProtoSchema, { name, type: message(TypeProtoSchema, { value: { case: 'tensorType', value: { elemType: FLOAT, shape } } }) });
}

/** A model of one MatMulNBits node: y [m, n] = x [m, k] · Wᵀ, 4 bits, blocks of 32, symmetric. */
export function matmulNBitsModel(m: number, n: number, k: number, data: Uint8Array<ArrayBuffer>, scales: Float32Array<ArrayBuffer>): Uint8Array {
  const graph = message(GraphProtoSchema, {
    name: 'matmul',
    node: [
      message(NodeProtoSchema, {
        name: 'matmul',
        opType: 'MatMulNBits',
        domain: 'com.microsoft',
        input: ['x', 'w', 'scales'],
        output: ['y'],
        attribute: [integer('K', k), integer('N', n), integer('bits', 4), integer('block_size', 32)],
      }),
    ],
    initializer: [
      message(TensorProtoSchema, { name: 'w', dataType: UINT8, dims: [n, k / 32, 16].map(BigInt), rawData: data }),
      message(TensorProtoSchema, { name: 'scales', dataType: FLOAT, dims: [BigInt((n * k) / 32)], rawData: new Uint8Array(scales.buffer, scales.byteOffset, scales.byteLength) }),
    ],
    input: [floats('x', [m, k])],
    output: [floats('y', [m, n])],
  });
  return toBinary(
    ModelProtoSchema,
    message(ModelProtoSchema, {
      irVersion: 8n,
      graph,
      opsetImport: [message(OperatorSetIdProtoSchema, { domain: '', version: 17n }), message(OperatorSetIdProtoSchema, { domain: 'com.microsoft', version: 1n })],
    }),
  );
}
