import { loadBackbone } from '../backbone/load.ts';
import { checkGolden } from '../engine/golden.ts';
import { runAngles } from '../lab/angle-run.ts';
import { toFailure } from '../lab/failure.ts';
import { openTrajectories } from '../lab/open-trajectories.ts';
import { runAdapters } from '../lab/run-adapters.ts';
import { RunControl } from '../lab/run-control.ts';
import { DeviceHolder } from './device.ts';
import type { CheckRow, Command, Message } from './protocol.ts';
import { backboneSource, goldenSources, trajectoriesBlob } from './resources.ts';

const device = new DeviceHolder();
let control = new RunControl();
/** Everything that uses the device goes one behind the other: two decoders at once would not fit many cards. */
let queue: Promise<void> = Promise.resolve();

function post(message: Message): void {
  // A block's arrays are copies of ours, so they are given away; everything else is needed here.
  const transfer = message.type === 'event' && message.event.type === 'block' ? [message.event.block.values.buffer, message.event.losses.buffer] : [];
  postMessage(message, { transfer: transfer.filter((buffer) => buffer instanceof ArrayBuffer) });
}

function run(command: Extract<Command, { readonly type: 'run' }>, own: RunControl): Promise<void> {
  const { run: number, base, config } = command;
  const source = backboneSource(command.backbone, base);
  const parts = {
    openDevice: () => device.forRun(),
    loadBackbone: (progress: (step: string) => void) => loadBackbone(source, progress),
    loadAdapters: ({ config: decoder }: Awaited<ReturnType<typeof loadBackbone>>) => runAdapters(source, decoder, config.parameterSet, config.seed),
    loadTrajectories: async (progress: (step: string) => void) => openTrajectories(await trajectoriesBlob(command.trajectories, base), config, progress),
  };
  return runAngles(config, parts, own, (event) => post({ type: 'event', run: number, event }));
}

async function check(golden: Extract<Command, { readonly type: 'check' }>['golden']): Promise<void> {
  try {
    const { gpu, pipelines, layouts } = await device.get();
    const rows: CheckRow[] = [];
    for (const source of goldenSources(golden)) {
      for (const row of await checkGolden(gpu, source, { pipelines, layouts: await layouts() })) rows.push({ ...row, group: `${source.name}: ${row.group}` });
    }
    post({ type: 'check', rows, device: gpu.description });
  } catch (error) {
    post({ type: 'check-failed', failure: toFailure(error) });
  }
}

async function probe(): Promise<void> {
  try {
    post({ type: 'probe', device: await device.report(), failure: null });
  } catch (error) {
    post({ type: 'probe', device: null, failure: toFailure(error) });
  }
}

addEventListener('message', ({ data }: MessageEvent<Command>) => {
  switch (data.type) {
    case 'run': {
      // A run that is under way is given up for the new one.
      control.cancel();
      const own = new RunControl();
      control = own;
      queue = queue.then(() => run(data, own));
      break;
    }
    case 'pause':
      control.pause();
      break;
    case 'resume':
      control.resume();
      break;
    case 'cancel':
      control.cancel();
      break;
    case 'check':
      queue = queue.then(() => check(data.golden));
      break;
    case 'probe':
      void probe();
      break;
  }
});
