import { readTensor, type ExternalResolver, type OnnxTensor } from './onnx-tensor.ts';
import { appendIntegers, BlobWindow, fieldFloat, fieldText, walkBlob, walkBytes, type WireField } from './protobuf.ts';
import { BackboneError, type Sliceable } from './types.ts';

export interface OnnxAttribute {
  readonly i: number;
  readonly f: number;
  readonly s: string;
  readonly ints: readonly number[];
  /** Whether it holds a subgraph (If, Loop), which is not read. */
  readonly subgraph: boolean;
}

export interface OnnxNode {
  readonly name: string;
  readonly op: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, OnnxAttribute>;
  /** The tensor of a Constant node. */
  readonly constant: OnnxTensor | null;
}

export interface OnnxFile {
  readonly producer: string;
  readonly nodes: readonly OnnxNode[];
  readonly initializers: ReadonlyMap<string, OnnxTensor>;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Paths of the external data files that initialisers point to. */
  readonly externalFiles: readonly string[];
  /** How many bytes of the file were read to find all this; tensor contents are not among them. */
  readonly bytesRead: number;
}

/** A node is read whole; the largest real ones are Constants of a few kilobytes. */
const MAX_NODE_BYTES = 64 * 2 ** 20;

interface Range {
  readonly start: number;
  readonly end: number;
}

interface ParsedAttribute {
  readonly name: string;
  readonly attribute: OnnxAttribute;
  readonly tensor: Range | null;
}

function parseAttribute(bytes: Uint8Array): ParsedAttribute {
  let name = '';
  let i = 0;
  let f = 0;
  let s = '';
  let subgraph = false;
  let tensor: Range | null = null;
  const ints: number[] = [];
  for (const field of walkBytes(bytes)) {
    if (field.number === 1) name = fieldText(bytes, field);
    else if (field.number === 2 && field.wire === 5) f = fieldFloat(bytes, field);
    else if (field.number === 3) i = field.value;
    else if (field.number === 4) s = fieldText(bytes, field);
    else if (field.number === 5) tensor = field;
    else if (field.number === 6 || field.number === 11) subgraph = true;
    else if (field.number === 8) appendIntegers(bytes, field, ints);
  }
  return { name, attribute: { i, f, s, ints, subgraph }, tensor };
}

/** `base`: offset of `bytes` in the file. Returns the node and where its Constant's tensor stands. */
function parseNode(bytes: Uint8Array, base: number): { readonly node: Omit<OnnxNode, 'constant'>; readonly tensor: Range | null } {
  let name = '';
  let op = '';
  let domain = '';
  let tensor: Range | null = null;
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes = new Map<string, OnnxAttribute>();
  for (const field of walkBytes(bytes)) {
    if (field.wire !== 2) continue;
    if (field.number === 1) inputs.push(fieldText(bytes, field));
    else if (field.number === 2) outputs.push(fieldText(bytes, field));
    else if (field.number === 3) name = fieldText(bytes, field);
    else if (field.number === 4) op = fieldText(bytes, field);
    else if (field.number === 7) domain = fieldText(bytes, field);
    else if (field.number === 5) {
      const parsed = parseAttribute(bytes.subarray(field.start, field.end));
      attributes.set(parsed.name, parsed.attribute);
      if (parsed.name === 'value' && parsed.tensor) {
        tensor = { start: base + field.start + parsed.tensor.start, end: base + field.start + parsed.tensor.end };
      }
    }
  }
  return { node: { name, op, domain, inputs, outputs, attributes }, tensor };
}

async function readNode(window: BlobWindow, blob: Sliceable, field: WireField, resolve: ExternalResolver): Promise<OnnxNode> {
  if (field.end - field.start > MAX_NODE_BYTES) {
    throw new BackboneError(`The node at byte ${field.start} has ${field.end - field.start} bytes; weights are expected in initialisers, not inside nodes.`);
  }
  const bytes = await window.view(field.start, field.end);
  try {
    const { node, tensor } = parseNode(bytes, field.start);
    return { ...node, constant: node.op === 'Constant' && tensor ? await readTensor(window, blob, tensor.start, tensor.end, resolve) : null };
  } catch (error) {
    if (!(error instanceof BackboneError)) throw error;
    throw new BackboneError(`The node at byte ${field.start} cannot be read: ${error.message}`);
  }
}

/** The name of a ValueInfoProto (a graph input or output). */
async function readValueName(window: BlobWindow, field: WireField): Promise<string> {
  const bytes = await window.view(field.start, field.end);
  for (const inner of walkBytes(bytes)) if (inner.number === 1) return fieldText(bytes, inner);
  return '';
}

async function text(window: BlobWindow, field: WireField): Promise<string> {
  return new TextDecoder().decode(await window.view(field.start, field.end));
}

/**
 * Reads the structure of an ONNX file: nodes, initialisers (contents stay in the file), input and output names.
 * @param resolve opens an external data file by the location that the model names, relative to it
 * @param windowBytes size of one read; a field header needs 15 bytes, so anything larger works
 * @throws BackboneError with the byte where the file is truncated or malformed
 */
export async function readOnnxFile(blob: Blob, resolve: ExternalResolver, windowBytes?: number): Promise<OnnxFile> {
  if (blob.size === 0) throw new BackboneError('The ONNX file is empty.');
  const window = new BlobWindow(blob, windowBytes);
  let producer = '';
  let graph: Range | null = null;
  for await (const field of walkBlob(window)) {
    if (field.number === 2 && field.wire === 2) producer = await text(window, field);
    if (field.number === 7 && field.wire === 2) graph = field;
  }
  if (!graph) throw new BackboneError('The file has no ONNX graph in it: this is not an ONNX model.');

  const nodes: OnnxNode[] = [];
  const initializers = new Map<string, OnnxTensor>();
  const inputs: string[] = [];
  const outputs: string[] = [];
  const externalFiles = new Set<string>();
  const opened = new Map<string, Promise<Blob>>();
  const resolveOnce: ExternalResolver = (location) => {
    externalFiles.add(location);
    const known = opened.get(location) ?? resolve(location);
    opened.set(location, known);
    return known;
  };
  for await (const field of walkBlob(window, graph.start, graph.end)) {
    if (field.wire !== 2) continue;
    if (field.number === 1) nodes.push(await readNode(window, blob, field, resolveOnce));
    else if (field.number === 5) {
      const tensor = await readTensor(window, blob, field.start, field.end, resolveOnce);
      initializers.set(tensor.name, tensor);
    } else if (field.number === 11) inputs.push(await readValueName(window, field));
    else if (field.number === 12) outputs.push(await readValueName(window, field));
  }
  if (nodes.length === 0) throw new BackboneError('The ONNX graph has no nodes.');
  return { producer, nodes, initializers, inputs, outputs, externalFiles: [...externalFiles], bytesRead: window.bytesRead };
}

/**
 * The nodes alone, which exporters write before the weights: of a file on a server only its first megabyte or so is read.
 * @returns what stands before the first initialiser, at most `limit` bytes of it
 */
export async function readLeadingNodes(file: Sliceable, limit: number): Promise<OnnxNode[]> {
  const window = new BlobWindow(file, 256 * 1024);
  const nodes: OnnxNode[] = [];
  const refuse: ExternalResolver = (location) => Promise.reject(new BackboneError(`A constant of the graph stands in ${location}.`));
  for await (const field of walkBlob(window)) {
    if (field.number !== 7 || field.wire !== 2) continue;
    for await (const inner of walkBlob(window, field.start, field.end)) {
      if (inner.number === 5 || inner.start - field.start > limit) break;
      if (inner.number === 1 && inner.wire === 2) nodes.push(await readNode(window, file, inner, refuse));
    }
    break;
  }
  return nodes;
}
