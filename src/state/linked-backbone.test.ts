// @vitest-environment happy-dom
import { beforeEach, describe, expect, it } from 'vitest';
import type { KeptModel } from '../backbone/hub/kept-models.ts';
import { applyQuery, currentQuery, useUrl } from './experiment-url.ts';
import { missingBackbone, takeKeptBackbone } from './linked-backbone.ts';
import { BUNDLED_BACKBONE, useSources } from './sources-store.ts';

const COMMIT = '7ae557604adf67be50417f59c2c2f167def9a775';
const NAME = `onnx-community/Qwen2.5-0.5B-Instruct@${COMMIT} model_q4`;
const KEPT: KeptModel = { key: '0123456789abcdef', name: NAME, label: 'q4', bytes: 1, total: 1, complete: true, added: '', root: '', commit: COMMIT };
const keeps = (...models: readonly KeptModel[]) => () => Promise.resolve({ list: () => Promise.resolve([...models]) });

beforeEach(() => {
  useSources.setState({ backbone: BUNDLED_BACKBONE });
  useUrl.setState({ autoStart: false, reports: [], unknown: [] });
});

describe('missingBackbone', () => {
  it.each([
    [NAME, /Qwen2\.5-0\.5B-Instruct from the hub \(commit 7ae5576, model_q4\), which this browser does not keep: download it/],
    ['models.example.org/qwen/x model_q4', /the model at models\.example\.org\/qwen\/x \(model_q4\), which this browser does not keep: download it/],
    ['localhost:8000/qwen model', /the model at localhost:8000\/qwen \(model\)/],
    [`${NAME} + 8 tag tokens (mean of the words)`, /made with onnx-community\/Qwen2\.5-0\.5B-Instruct@\w+ model_q4 and its tags as single tokens \(mean of the words\), which a link cannot hold/],
    ['my-folder', /“my-folder” from a folder, which a link cannot hold: open the folder under Backbone/],
  ])('of %s names the way to it and what is used until then', (name, sentence) => {
    expect(missingBackbone(name)).toMatch(sentence);
    expect(missingBackbone(name)).toMatch(/Until then seesaw-tiny is used\.$/);
  });
});

describe('a link that names a model from the hub', () => {
  it('takes it where this browser keeps it, and the sentence goes', async () => {
    await applyQuery(`backbone=${encodeURIComponent(NAME)}&seed=3&run=1`, keeps(KEPT));
    expect(useSources.getState().backbone).toEqual({ kind: 'kept', key: KEPT.key, name: NAME });
    expect(useUrl.getState()).toMatchObject({ reports: [], autoStart: true });
    expect(new URLSearchParams(currentQuery()).get('backbone')).toBe(NAME);
  });

  it.each([
    ['does not keep it', keeps()],
    ['keeps a part of it', keeps({ ...KEPT, complete: false })],
    ['refuses storage', () => Promise.reject(new Error('no storage'))],
  ])('says so where this browser %s', async (_name, open) => {
    await applyQuery(`backbone=${encodeURIComponent(NAME)}&run=1`, open);
    expect(useSources.getState().backbone).toBe(BUNDLED_BACKBONE);
    expect(useUrl.getState()).toMatchObject({ reports: [missingBackbone(NAME)], autoStart: false });
  });

  it('changes nothing that was chosen meanwhile', async () => {
    const chosen = { kind: 'kept', key: 'k', name: 'another' } as const;
    const taking = takeKeptBackbone(NAME, keeps(KEPT));
    useSources.setState({ backbone: chosen });
    expect(await taking).toBe(false);
    expect(useSources.getState().backbone).toBe(chosen);
  });
});
