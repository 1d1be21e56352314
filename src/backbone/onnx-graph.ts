import type { OnnxFile, OnnxNode } from './onnx-file.ts';
import { dataTypeName, elementCount, type OnnxTensor } from './onnx-tensor.ts';
import { BackboneError, type FloatTensor, type LazyBytes } from './types.ts';

/** A value of the graph that is a constant: the tensor, and whether a Transpose stands between. */
export interface ConstantValue {
  readonly tensor: OnnxTensor;
  readonly transposed: boolean;
}

/** Finds nodes by name, and follows edges both ways, over the nodes that exporters insert without meaning. */
export class OnnxGraph {
  readonly file: OnnxFile;
  readonly #producers = new Map<string, OnnxNode>();
  readonly #consumers = new Map<string, OnnxNode[]>();

  constructor(file: OnnxFile) {
    this.file = file;
    for (const node of file.nodes) {
      for (const output of node.outputs) if (output !== '') this.#producers.set(output, node);
      for (const input of new Set(node.inputs)) {
        if (input === '') continue;
        const known = this.#consumers.get(input);
        if (known) known.push(node);
        else this.#consumers.set(input, [node]);
      }
    }
    this.#refuseCycles();
  }

  /** Following edges would not end in a graph that feeds itself, which ONNX forbids and a damaged file may have. */
  #refuseCycles(): void {
    const waiting = new Map<OnnxNode, number>();
    const ready: OnnxNode[] = [];
    for (const node of this.file.nodes) {
      const made = [...new Set(node.inputs)].filter((input) => this.#producers.has(input)).length;
      waiting.set(node, made);
      if (made === 0) ready.push(node);
    }
    let done = 0;
    for (let node = ready.pop(); node; node = ready.pop()) {
      done += 1;
      for (const output of new Set(node.outputs)) {
        if (this.#producers.get(output) !== node) continue;
        for (const consumer of this.#consumers.get(output) ?? []) {
          const left = waiting.get(consumer)! - 1;
          waiting.set(consumer, left);
          if (left === 0) ready.push(consumer);
        }
      }
    }
    if (done < this.file.nodes.length) throw new BackboneError(`${this.file.nodes.length - done} of the graph's ${this.file.nodes.length} nodes feed themselves: the file is damaged; download or export it again.`);
  }

  producer(value: string): OnnxNode | undefined {
    return this.#producers.get(value);
  }

  /** Nodes that read the value, looking through Cast and Identity. */
  consumers(value: string): OnnxNode[] {
    return (this.#consumers.get(value) ?? []).flatMap((node) => (node.op === 'Cast' || node.op === 'Identity' ? this.consumers(node.outputs[0]) : [node]));
  }

  /**
   * The constant behind a value: an initialiser or a Constant, through Identity, Cast (float16 weights that are computed
   * with in float32, or the reverse) and Transpose. Undefined where the value is computed.
   */
  constant(value: string | undefined): ConstantValue | undefined {
    if (value === undefined || value === '') return undefined;
    const tensor = this.file.initializers.get(value);
    if (tensor) return { tensor, transposed: false };
    const node = this.#producers.get(value);
    switch (node?.op) {
      case 'Constant':
        return node.constant ? { tensor: node.constant, transposed: false } : undefined;
      case 'Identity':
      case 'Cast':
        return this.constant(node.inputs[0]);
      case 'Transpose': {
        const inner = this.constant(node.inputs[0]);
        return inner?.tensor.dims.length === 2 ? { tensor: inner.tensor, transposed: inner.transposed !== turns(node) } : undefined;
      }
      default:
        return undefined;
    }
  }

  /** The tensor of a constant whose shape says nothing (packed blocks), through Reshape too: embedding and head share blocks so. */
  blocks(value: string | undefined): OnnxTensor | undefined {
    const node = value === undefined ? undefined : this.#producers.get(value);
    return this.constant(node?.op === 'Reshape' ? node.inputs[0] : value)?.tensor;
  }
}

/** Whether a Transpose of a matrix turns it round: `perm` may leave it as it is. */
export function turns({ attributes }: OnnxNode): boolean {
  return attributes.get('perm')?.ints[0] !== 0;
}

/** A short list of names for a message. */
export function someNames(names: readonly string[], limit = 4): string {
  const shown = names.slice(0, limit).map((name) => `"${name}"`).join(', ');
  return names.length > limit ? `${shown} and ${names.length - limit} more` : shown || 'none';
}

/** The bytes of a tensor of a wanted type. @throws BackboneError */
export function tensorBytes(tensor: OnnxTensor, what: string): LazyBytes {
  if (!tensor.bytes) throw new BackboneError(`${what} (tensor "${tensor.name}") has no contents that can be read (${dataTypeName(tensor.dataType)}).`);
  return tensor.bytes;
}

/**
 * The tensor as floats of a given number of elements; `shape` is how the caller means it.
 * @throws BackboneError for another type or another number of elements
 */
export function floatTensor(tensor: OnnxTensor, shape: readonly number[], what: string): FloatTensor {
  if (tensor.dataType !== 1 && tensor.dataType !== 10) {
    throw new BackboneError(`${what} is ${dataTypeName(tensor.dataType)} (tensor "${tensor.name}"); float32 and float16 are supported.`);
  }
  if (elementCount(tensor.dims) !== elementCount(shape)) {
    throw new BackboneError(`${what} has shape [${tensor.dims.join(', ')}] (tensor "${tensor.name}"); the config asks for [${shape.join(', ')}].`);
  }
  return { storage: tensor.dataType === 1 ? 'f32' : 'f16', shape, bytes: tensorBytes(tensor, what) };
}
