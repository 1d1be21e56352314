import { angleUrlFields, type AngleUrlConfig, writeUrl } from '../core/url-config.ts';
import { type Experiment, useExperiment } from './experiment-store.ts';
import { applyLeasQuery, currentLeasQuery } from './leas/settings-url.ts';
import { useLeasSettings } from './leas/settings-store.ts';
import { applyRolloutQuery, currentRolloutQuery } from './rollouts/settings-url.ts';
import { useRolloutSettings } from './rollouts/settings-store.ts';
import { applySeesawQuery, currentSeesawQuery } from './seesaw/settings-url.ts';
import { useSeesawSettings } from './seesaw/settings-store.ts';
import { missingBackbone, takeKeptBackbone } from './linked-backbone.ts';
import { formatRoute, parseRoute, type Page } from './route.ts';
import { BUNDLED_BACKBONE, BUNDLED_DATA, bundledData, type Sources, useSources } from './sources-store.ts';
import { createUrlStore, readAddress, type UrlState } from './url-store.ts';
import { type HistogramRange, setView, useView } from './view-store.ts';

const FIELDS = angleUrlFields({ backbone: BUNDLED_BACKBONE.name, data: BUNDLED_DATA[0].id });

export const useUrl = createUrlStore();

export function experimentQuery(experiment: Experiment, sources: Sources, range: HistogramRange, unknown: UrlState['unknown']): string {
  return writeUrl(FIELDS, toUrl(experiment, sources, range), unknown);
}

export function currentQuery(): string {
  return experimentQuery(useExperiment.getState(), useSources.getState(), useView.getState().range, useUrl.getState().unknown);
}

/** What stands behind the question mark of a page's address now. */
export function queryOf(page: Page): string {
  if (page === 'rollouts') return currentRolloutQuery();
  if (page === 'leas') return currentLeasQuery();
  return page === 'seesaw' ? currentSeesawQuery() : currentQuery();
}

/**
 * Takes over what an address says. Files that a person opened stay, unless the address names a bundled set. All is done
 * at once but for a backbone that this browser keeps, which has to be looked for first; resolves when that is over.
 */
export async function applyQuery(query: string, kept?: Parameters<typeof takeKeptBackbone>[1]): Promise<void> {
  const { config, params, autoStart, reports, unknown } = readAddress(FIELDS, query);
  const more: string[] = [];
  const data = bundledData(config.data);
  if (data && (params.has('data') || useSources.getState().data.kind === 'bundled')) useSources.setState({ data });
  if (!data && useSources.getState().data.name !== config.data) more.push(`The link was made with the file “${config.data}”, which a link cannot hold: open it here too.`);
  const missing = config.backbone !== BUNDLED_BACKBONE.name && useSources.getState().backbone.name !== config.backbone ? missingBackbone(config.backbone) : null;
  if (missing !== null) more.push(missing);
  useExperiment.setState(fromUrl(config));
  setView({ range: config.range });
  // A run that starts by itself is the link's own or none.
  useUrl.setState({ autoStart: autoStart && missing === null, reports: [...reports, ...more], unknown });
  if (missing !== null && (await takeKeptBackbone(config.backbone, kept))) useUrl.setState((url) => ({ autoStart, reports: url.reports.filter((report) => report !== missing) }));
}

/** Keeps the address and the stores in step, both ways, until the returned function is called. */
export function connectAddress(): () => void {
  const read = () => {
    const { page, query } = parseRoute(window.location.hash);
    if (page === 'rollouts') applyRolloutQuery(query);
    else if (page === 'seesaw') applySeesawQuery(query);
    else if (page === 'leas') applyLeasQuery(query);
    else void applyQuery(query);
  };
  const write = () => {
    const { page, known } = parseRoute(window.location.hash);
    if (!known) return;
    const next = formatRoute(page, queryOf(page));
    if (next !== window.location.hash) window.history.replaceState(null, '', next);
  };
  read();
  write();
  const stops = [useExperiment.subscribe(write), useRolloutSettings.subscribe(write), useSeesawSettings.subscribe(write), useLeasSettings.subscribe(write), useSources.subscribe(write), useView.subscribe((state, before) => state.range !== before.range && write())];
  const onHash = () => {
    read();
    write();
  };
  window.addEventListener('hashchange', onHash);
  return () => {
    window.removeEventListener('hashchange', onHash);
    for (const stop of stops) stop();
  };
}

function toUrl({ parameterSet, routing, maxGroups, seed, analysis }: Experiment, sources: Sources, range: HistogramRange): AngleUrlConfig {
  return { ...analysis, backbone: sources.backbone.name, data: sources.data.name, params: parameterSet, routing, groups: maxGroups, seed, range };
}

function fromUrl({ params, routing, groups, seed, design, advantage, reasoning, bothCorrect, identical, layer, target, draws }: AngleUrlConfig): Experiment {
  return { parameterSet: params, routing, maxGroups: groups, seed, analysis: { design, advantage, reasoning, bothCorrect, identical, layer, target, draws } };
}
