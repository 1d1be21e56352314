import { SourceError } from './source-error.ts';

export interface ModelId {
  readonly id: string;
  readonly revision: string;
}

const ID = /^[A-Za-z0-9][\w.-]*(?:\/[A-Za-z0-9][\w.-]*)?$/;
/** Names of branches may hold slashes; nothing else of an address. */
const REVISION = /^[\w][\w./-]*$/;

/**
 * "org/name", "org/name@revision" or the address of the model's page.
 * @throws SourceError saying what was expected
 */
export function parseModelId(text: string): ModelId {
  const refusal = new SourceError('request', `“${text.trim()}” is not the id of a model.`, 'Give it as owner/name, for instance onnx-community/Qwen2.5-0.5B-Instruct; a revision may follow behind @.');
  const trimmed = text.trim();
  const page = /^https?:\/\/[^/]+\/([^/?#]+\/[^/?#]+)(?:\/(?:tree|blob|resolve)\/([^?#]+))?/.exec(trimmed);
  const [id, revision = 'main', ...more]: (string | undefined)[] = page ? [page[1], page.at(2)?.split('/')[0]] : trimmed.split('@');
  if (more.length > 0) throw refusal;
  if (id === undefined || !ID.test(id) || id.includes('..') || !REVISION.test(revision) || revision.includes('..')) throw refusal;
  return { id, revision };
}

/** An address without its trailing slashes. @throws SourceError unless it is http or https */
export function parseAddress(text: string): string {
  const refused = (): never => {
    throw new SourceError('request', `“${text.trim()}” is not an address.`, 'Give it with its protocol, for instance https://huggingface.co.');
  };
  let url: URL;
  try {
    url = new URL(text.trim());
  } catch {
    return refused();
  }
  if ((url.protocol !== 'https:' && url.protocol !== 'http:') || url.username !== '' || url.password !== '') return refused();
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}
