import { describe, expect, it } from 'vitest';
import type { GramBlock, SpanGram } from '../core/gram/types.ts';
import { DEFAULT_ANGLE_SETTINGS } from '../core/angles/settings.ts';
import { AnalysisClient } from './analysis-client.ts';
import type { WorkerPort } from './client.ts';
import type { AnalysisRequest } from './protocol.ts';

class Port implements WorkerPort {
  readonly posted: AnalysisRequest[] = [];
  readonly listeners = new Map<string, (event: Event) => void>();
  postMessage(message: unknown): void {
    this.posted.push(message as AnalysisRequest);
  }
  addEventListener(type: string, listener: (event: Event) => void): void {
    this.listeners.set(type, listener);
  }
  terminate(): void {
    this.listeners.clear();
  }
}

const block = (group: string): GramBlock => ({ group, spans: [0], values: new Float64Array(1) });
const gram = (blocks: GramBlock[]): SpanGram => ({ parameterSet: 'full', modules: [], trajectories: [], spans: [], blocks });
const unheard = (): void => undefined;

describe('AnalysisClient', () => {
  it('sends only blocks that the worker lacks', () => {
    const port = new Port();
    const client = new AnalysisClient(() => port);
    const [a, b] = [block('a'), block('b')];
    for (const blocks of [[a], [a, b], [block('a'), b], [b]]) client.analyse(gram(blocks), DEFAULT_ANGLE_SETTINGS).catch(unheard);
    expect(port.posted.map(({ blocks }) => blocks.map(({ group }) => group))).toEqual([['a'], ['b'], ['a'], []]);
    expect(port.posted.map(({ groups }) => groups)).toEqual([['a'], ['a', 'b'], ['a', 'b'], ['b']]);
  });
  it('sends everything again to a new worker', async () => {
    const ports: Port[] = [];
    const client = new AnalysisClient(() => {
      ports.push(new Port());
      return ports[ports.length - 1];
    });
    const a = block('a');
    const first = client.analyse(gram([a]), DEFAULT_ANGLE_SETTINGS);
    ports[0].listeners.get('error')?.(new Event('error'));
    await expect(first).rejects.toThrow();
    client.analyse(gram([a]), DEFAULT_ANGLE_SETTINGS).catch(unheard);
    expect(ports[1].posted[0].blocks).toHaveLength(1);
  });
});
