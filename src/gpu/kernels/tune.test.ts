import { expect, test } from 'vitest';
import { PipelineCache } from '../pipelines.ts';
import { testDevice } from '../testing/device.ts';
import { layoutsFor } from './tiles.ts';
import { candidates, timeTiles, tunedLayouts } from './tune.ts';

const SMALL = { tokens: 8, out: 64, in: 64, repeats: 1, runs: 2 } as const;

test('every candidate for graphics cards compiles, runs and is timed', async () => {
  const gpu = await testDevice();
  const tiles = candidates(gpu.capabilities.subgroups).filter(({ rows }) => rows === 4);
  const timings = await timeTiles(gpu, new PipelineCache(gpu.device), tiles, SMALL);
  expect(timings.map(({ tile }) => tile)).toEqual(tiles);
  for (const { forwardMs, backwardMs } of timings) {
    expect(forwardMs).toBeGreaterThan(0);
    expect(backwardMs).toBeGreaterThan(0);
  }
});

test('a software adapter takes its table without timing anything', async () => {
  const gpu = await testDevice();
  const software = { ...gpu, capabilities: { ...gpu.capabilities, software: true } };
  expect(await tunedLayouts(software, new PipelineCache(gpu.device))).toEqual(layoutsFor(software.capabilities));
});
