import { create } from 'zustand';
import type { BackboneChoice, TrajectoriesChoice } from '../worker/protocol.ts';

export const BUNDLED_BACKBONE: BackboneChoice = { kind: 'bundled', name: 'seesaw-tiny' };

/** Data sets that come with the page; addresses are relative to it, ids stand in links. */
export const BUNDLED_DATA = [
  { id: 'world', label: 'World rollouts', url: 'datasets/world/rollouts.jsonl' },
  { id: 'search-r1', label: 'Search-R1 example', url: 'datasets/search-r1/case.txt' },
] as const;

/** What the next run is made from. Files that a person gave cannot stand in an address; the chips name them. */
export interface Sources {
  readonly backbone: BackboneChoice;
  readonly data: TrajectoriesChoice;
}

export function bundledData(id: string): TrajectoriesChoice | null {
  const set = BUNDLED_DATA.find((candidate) => candidate.id === id);
  return set ? { kind: 'bundled', name: set.id, url: set.url } : null;
}

export function dataLabel(name: string): string {
  return BUNDLED_DATA.find((set) => set.id === name)?.label ?? name;
}

export const useSources = create<Sources>()(() => ({ backbone: BUNDLED_BACKBONE, data: { kind: 'bundled', name: BUNDLED_DATA[0].id, url: BUNDLED_DATA[0].url } }));
