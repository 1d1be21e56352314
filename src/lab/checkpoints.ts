import * as z from 'zod';
import type { StorageFolder } from '../agent/retriever/storage-folder.ts';
import { evaluationPointSchema, runIdSchema, seesawConfigSchema, stepReportSchema } from '../core/record/seesaw-schema.ts';
import type { OptimiserState } from '../engine/optimiser.ts';
import type { CheckpointHeader, RunId } from './seesaw-events.ts';
import type { CheckpointKeeper } from './seesaw-parts.ts';

/**
 * A checkpoint is one file: "SSCK", the bytes of its JSON header, floats of one array (u32, little-endian), the header
 * padded with spaces to 4 bytes, then parameters, first and second moments as f32.
 */
const MAGIC = 0x4b435353;
const PREFIX = 12;
const SUFFIX = '.checkpoint';
/** Left free for the browser's own bookkeeping and the page's other data, bytes. */
const RESERVE = 4 * 1024 * 1024;

export const checkpointHeaderSchema = z.object({
  version: z.literal(1),
  run: runIdSchema,
  step: z.int().min(0),
  configSha256: z.string(),
  saved: z.string(),
  config: seesawConfigSchema,
  reports: z.array(stepReportSchema),
  points: z.array(evaluationPointSchema),
  frozen: z.array(z.object({ step: z.int().min(0), adapters: z.array(z.int().min(0)) })).optional(),
});
/** `updates`: optimiser steps, of which a training step may take several. */
const fileHeader = z.object({ header: checkpointHeaderSchema, updates: z.int().min(0) });

/** A checkpoint in storage. */
export interface KeptCheckpoint {
  readonly id: string;
  readonly header: CheckpointHeader;
  readonly bytes: number;
}

export class CheckpointError extends Error {
  override readonly name = 'CheckpointError';
  readonly remedy: string;
  constructor(message: string, remedy: string) {
    super(message);
    this.remedy = remedy;
  }
}

/** The whole file, as parts of a blob. */
export function checkpointBlob(header: CheckpointHeader, { step, values, m, v }: OptimiserState): Blob {
  const json = new TextEncoder().encode(JSON.stringify({ header, updates: step }));
  const padded = new Uint8Array(Math.ceil(json.length / 4) * 4).fill(0x20);
  padded.set(json);
  return new Blob([Uint32Array.of(MAGIC, padded.length, values.length), padded, values, m, v]);
}

/** @throws CheckpointError for what is no checkpoint, or one that was cut off */
export async function readCheckpoint(file: Blob): Promise<{ readonly header: CheckpointHeader; readonly state: OptimiserState }> {
  const { header, updates, floats, start } = await readHeader(file);
  const array = async (index: number): Promise<Float32Array<ArrayBuffer>> => new Float32Array(await file.slice(start + 4 * floats * index, start + 4 * floats * (index + 1)).arrayBuffer());
  return { header, state: { step: updates, values: await array(0), m: await array(1), v: await array(2) } };
}

async function readHeader(file: Blob): Promise<z.infer<typeof fileHeader> & { readonly floats: number; readonly start: number }> {
  const refuse = (reason: string): never => {
    throw new CheckpointError(`The checkpoint cannot be read: ${reason}.`, 'Delete it and train from the start.');
  };
  if (file.size < PREFIX) refuse('it is cut off');
  const [magic, bytes, floats] = new Uint32Array(await file.slice(0, PREFIX).arrayBuffer());
  if (magic !== MAGIC) refuse('it is not one of this page');
  const start = PREFIX + bytes;
  if (file.size !== start + 12 * floats) refuse('it is cut off');
  let json: unknown;
  try {
    json = JSON.parse(await file.slice(PREFIX, start).text());
  } catch {
    refuse('its header is not JSON');
  }
  const parsed = fileHeader.safeParse(json);
  if (!parsed.success) return refuse(`its header is of another version (${parsed.error.issues[0].path.join('.')})`);
  return { ...parsed.data, floats, start };
}

/** Checkpoints in a folder: of each run (by what determines it) the newest one. */
export class CheckpointStore implements CheckpointKeeper {
  readonly #folder: StorageFolder;

  constructor(folder: StorageFolder) {
    this.#folder = folder;
  }

  /** Newest first. What cannot be read is passed over. */
  async list(): Promise<readonly KeptCheckpoint[]> {
    const found: KeptCheckpoint[] = [];
    for (const id of await this.#names()) {
      const file = await this.#folder.read(id);
      if (file === null) continue;
      try {
        found.push({ id, header: (await readHeader(file)).header, bytes: file.size });
      } catch (error) {
        if (!(error instanceof CheckpointError)) throw error;
      }
    }
    return found.sort((a, b) => (a.header.saved < b.header.saved ? 1 : -1));
  }

  /**
   * Writes under a new name, and only then removes the run's earlier one.
   * @throws CheckpointError where it does not fit into what the browser still allows; the earlier one stands then
   */
  async save(header: CheckpointHeader, state: OptimiserState): Promise<{ readonly bytes: number }> {
    const file = checkpointBlob(header, state);
    const free = await this.#folder.free();
    if (free !== null && file.size + RESERVE > free) throw tooLarge(file.size, Math.max(0, free - RESERVE));
    const key = header.configSha256.slice(0, 24);
    const name = `${key}-${crypto.randomUUID()}${SUFFIX}`;
    try {
      await this.#folder.write(name, file);
    } catch (error) {
      await this.#folder.remove(name);
      if (error instanceof Error && error.name === 'QuotaExceededError') throw tooLarge(file.size, null);
      throw error;
    }
    for (const other of await this.#names()) if (other.startsWith(`${key}-`) && other !== name) await this.#folder.remove(other);
    return { bytes: file.size };
  }

  async find({ arm, seed }: RunId, configSha256: string): Promise<{ readonly header: CheckpointHeader; readonly state: OptimiserState } | null> {
    const key = `${configSha256.slice(0, 24)}-`;
    const fitting = (await this.list()).filter(({ id, header: { run, configSha256: own } }) => id.startsWith(key) && run.arm === arm && run.seed === seed && own === configSha256);
    // Two of one run are what an interrupted change has left: both are whole, the further one counts.
    const [best] = fitting.sort((a, b) => b.header.step - a.header.step || b.header.points.length - a.header.points.length);
    const file = fitting.length === 0 ? null : await this.#folder.read(best.id);
    return file === null ? null : readCheckpoint(file);
  }

  /** Null where there is none of this name. */
  async open(id: string): Promise<KeptCheckpoint | null> {
    return (await this.list()).find((kept) => kept.id === id) ?? null;
  }

  async remove(id: string): Promise<void> {
    if (id.endsWith(SUFFIX)) await this.#folder.remove(id);
  }

  async #names(): Promise<readonly string[]> {
    return (await this.#folder.names()).filter((name) => name.endsWith(SUFFIX));
  }
}

function tooLarge(bytes: number, free: number | null): CheckpointError {
  const megabytes = (size: number): string => `${(size / 1e6).toFixed(1)} MB`;
  const room = free === null ? 'more than the browser allows this page' : `and the browser allows this page only ${megabytes(free)} more`;
  return new CheckpointError(`The checkpoint needs ${megabytes(bytes)}, ${room}.`, 'Delete other checkpoints or stored corpora; the last one that was kept stands.');
}
