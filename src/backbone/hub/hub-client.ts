import { z } from 'zod';
import { parseAddress, type ModelId } from './model-id.ts';
import { ask, patiently, type Access, type Patience, type Question } from './request.ts';
import { SourceError } from './source-error.ts';
import { isPlainPath, type RemoteFile, type RemoteModel } from './types.ts';

const revisionAnswer = z.looseObject({ sha: z.string().regex(/^[0-9a-f]{40}$/) });

const bytes = z.number().int().nonnegative();
const treeAnswer = z.array(
  z.looseObject({
    type: z.string(),
    path: z.string(),
    size: bytes.optional(),
    oid: z.string().optional(),
    lfs: z.looseObject({ oid: z.string(), size: bytes }).nullish(),
  }),
);

/** Pages of a listing; the hub puts 1,000 entries on one. */
const MOST_PAGES = 50;

async function json(question: Question, access: Access, patience: Patience): Promise<{ readonly value: unknown; readonly link: string | null }> {
  return patiently(async () => {
    const response = await ask(question, access);
    const link = response.headers.get('link');
    try {
      const value: unknown = await response.json();
      return { value, link };
    } catch {
      access.signal?.throwIfAborted();
      throw new SourceError('request', `${question.what}: ${new URL(question.url).host} sent something other than JSON.`, 'Check that the mirror’s address is that of a hub (it must answer under /api/models).');
    }
  }, patience);
}

function unexpected(what: string, url: string): SourceError {
  return new SourceError('request', `${what} from ${new URL(url).host} is not what a hub sends.`, 'Check that the mirror’s address is that of a hub (it must answer under /api/models).');
}

/** The cursor of the next page. A mirror may name the hub itself there, so that only the cursor is taken. */
function nextCursor(link: string | null): string | null {
  const target = /<([^>]+)>\s*;\s*rel="?next"?/.exec(link ?? '')?.[1];
  if (target === undefined) return null;
  const query = target.indexOf('?');
  return query < 0 ? null : new URLSearchParams(target.slice(query)).get('cursor');
}

function remoteFile({ path, size, oid, lfs }: z.infer<typeof treeAnswer>[number]): RemoteFile {
  const sha256 = lfs && /^[0-9a-f]{64}$/.test(lfs.oid) ? lfs.oid : null;
  return { path, size: lfs?.size ?? size ?? null, sha256, gitOid: !lfs && oid !== undefined && /^[0-9a-f]{40}$/.test(oid) ? oid : null };
}

/**
 * Finds a model at a hub: the commit that its revision stands for now, and every file of that commit with its size and
 * the hash that its contents must have.
 * @param host the hub's address or a mirror's
 * @throws SourceError
 */
export async function findAtHub({ id, revision }: ModelId, host: string, access: Access, patience: Patience = {}): Promise<RemoteModel> {
  const base = parseAddress(host);
  const model = `${base}/api/models/${id}`;
  const revisionUrl = `${model}/revision/${encodeURIComponent(revision)}`;
  const answered = revisionAnswer.safeParse((await json({ url: revisionUrl, what: `${id} at “${revision}”` }, access, patience)).value);
  if (!answered.success) throw unexpected(`What stands for “${revision}”`, revisionUrl);
  const commit = answered.data.sha;
  const files: RemoteFile[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const url: string = `${model}/tree/${commit}?recursive=true${cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`}`;
    const { value, link } = await json({ url, what: `The list of files of ${id}` }, access, patience);
    const listed = treeAnswer.safeParse(value);
    if (!listed.success) throw unexpected('The list of files', url);
    files.push(...listed.data.filter(({ type, path }) => type === 'file' && isPlainPath(path)).map(remoteFile));
    cursor = nextCursor(link);
    if (cursor === null) break;
  }
  return { kind: 'hub', name: id, root: `${base}/${id}/resolve/${commit}/`, revision, commit, files };
}
