import { tagReport, type TagReport } from '../backbone/tag-tokens.ts';
import { TAG_PRESETS, type TagPreset } from '../core/trajectory/tags.ts';
import { checkGolden } from '../engine/golden.ts';
import { runAngles, type AngleRunParts } from '../lab/angle-run.ts';
import { DeviceGuard } from '../lab/device-guard.ts';
import { toFailure } from '../lab/failure.ts';
import { runLeas } from '../lab/leas-run.ts';
import { openTrajectories } from '../lab/open-trajectories.ts';
import { runModelCheck } from '../lab/model-check.ts';
import { runRolloutJob } from '../lab/rollout-run.ts';
import { runAdapters } from '../lab/run-adapters.ts';
import type { RunControl } from '../lab/run-control.ts';
import type { SeesawSteer } from '../lab/seesaw-events.ts';
import { runSeesaw } from '../lab/seesaw-run.ts';
import { allTags, runTagWarmUp } from '../lab/tag-warm-up.ts';
import { DeviceHolder } from './device.ts';
import { JobQueue } from './job-queue.ts';
import { leasParts, type LeasSteering } from './leas-parts.ts';
import { BackboneCache } from './model-cache.ts';
import { modelCheckParts } from './model-check-parts.ts';
import { openSession } from './open-session.ts';
import { plainChoice, type CheckRow, type Command, type Message } from './protocol.ts';
import { backboneSource, goldenSources, trajectoriesBlob } from './resources.ts';
import { rolloutParts } from './rollout-parts.ts';
import { seesawParts, type Steering } from './seesaw-parts.ts';
import { SessionCache } from './session-cache.ts';
import { tagWarmUpParts } from './tag-warm-up-parts.ts';

const device = new DeviceHolder();
const backbones = new BackboneCache();
const sessions = new SessionCache(device, openSession);
const queue = new JobQueue();

const WAITING = 'waiting for what runs already';

function post(message: Message): void {
  // A block's arrays are copies of ours, so they are given away; everything else is needed here.
  const transfer = message.type === 'event' && message.event.type === 'block' ? [message.event.block.values.buffer, message.event.losses.buffer] : [];
  postMessage(message, { transfer: transfer.filter((buffer) => buffer instanceof ArrayBuffer) });
}

function startAngles(command: Extract<Command, { readonly type: 'run' }>): void {
  const { run, base, config, backbone, trajectories } = command;
  const source = backboneSource(backbone, base);
  const parts: AngleRunParts = {
    openDevice: () => device.forRun(),
    loadBackbone: (progress) => backbones.load(backbone, base, progress),
    loadAdapters: ({ config: decoder }) => runAdapters(source, decoder, config.parameterSet, config.seed),
    loadTrajectories: async (progress) => openTrajectories(await trajectoriesBlob(trajectories, base), config, progress),
  };
  const job = async (control: RunControl): Promise<void> => {
    await sessions.clear();
    await runAngles(config, parts, control, (event) => post({ type: 'event', run, event }));
  };
  queue.start('angles', job, {
    onWaiting: () => post({ type: 'event', run, event: { type: 'phase', at: 0, phase: 'load', detail: WAITING } }),
    onCancelled: () => post({ type: 'event', run, event: { type: 'cancelled', at: 0 } }),
  });
}

function startRollouts({ run, base, config, backbone }: Extract<Command, { readonly type: 'rollouts' }>): void {
  const parts = rolloutParts(config, backbone, base, { device, backbones, sessions });
  queue.start(
    'rollouts',
    async (control) => {
      sessions.begin();
      await runRolloutJob(config, parts, control, (event) => {
        if (event.type === 'failed') void sessions.clear();
        post({ type: 'rollout-event', run, event });
      });
    },
    {
      onWaiting: () => post({ type: 'rollout-event', run, event: { type: 'phase', at: 0, phase: 'load', detail: WAITING, fraction: null } }),
      onCancelled: () => post({ type: 'rollout-event', run, event: { type: 'cancelled', at: 0 } }),
    },
  );
}

/** Of the newest training run. */
let steering: Steering = { frozen: [] };

function startSeesaw({ run, base, config, backbone, goOn }: Extract<Command, { readonly type: 'seesaw' }>): void {
  const own: Steering = { frozen: [] };
  steering = own;
  queue.start(
    'seesaw',
    async (control) => {
      // A session holds a copy of the backbone; training makes its own.
      await sessions.clear();
      const { parts, release } = seesawParts({ config, backbone, base, goOn, steering: own }, { device, backbones });
      try {
        await runSeesaw(config, parts, control, (event) => post({ type: 'seesaw-event', run, event }));
      } finally {
        release();
      }
    },
    {
      onWaiting: () => post({ type: 'seesaw-event', run, event: { type: 'phase', at: 0, phase: 'load', detail: WAITING, fraction: null } }),
      onCancelled: () => post({ type: 'seesaw-event', run, event: { type: 'cancelled', at: 0 } }),
    },
  );
}

function steer(wanted: SeesawSteer): void {
  if (wanted.kind === 'step') queue.control('seesaw')?.step();
  else steering.frozen = wanted.adapters;
}

/** Of the newest run of LEAS. */
let leasSteering: LeasSteering = { samples: null };

function startLeas({ run, base, config, backbone }: Extract<Command, { readonly type: 'leas' }>): void {
  const own: LeasSteering = { samples: null };
  leasSteering = own;
  queue.start(
    'leas',
    async (control) => {
      await sessions.clear();
      await runLeas(config, leasParts({ config, backbone, base, steering: own }, { device, backbones }), control, (event) => post({ type: 'leas-event', run, event }));
    },
    {
      onWaiting: () => post({ type: 'leas-event', run, event: { type: 'phase', at: 0, phase: 'load', detail: WAITING, fraction: null } }),
      onCancelled: () => post({ type: 'leas-event', run, event: { type: 'cancelled', at: 0 } }),
    },
  );
}

function startModelCheck({ run, base, config, backbone }: Extract<Command, { readonly type: 'model-check' }>): void {
  queue.start(
    'model-check',
    async (control) => {
      // What is measured is this backbone's memory, not that of an earlier run's copies.
      await sessions.clear();
      await runModelCheck(config, modelCheckParts(backbone, base, { device, backbones }), control, (event) => post({ type: 'model-check-event', run, event }));
    },
    {
      onWaiting: () => post({ type: 'model-check-event', run, event: { type: 'phase', at: 0, phase: 'load', detail: WAITING, fraction: null, secondsLeft: null } }),
      onCancelled: () => post({ type: 'model-check-event', run, event: { type: 'cancelled', at: 0 } }),
    },
  );
}

function startTagWarmUp({ run, base, config, backbone, trajectories }: Extract<Command, { readonly type: 'tag-warm-up' }>): void {
  queue.start(
    'tag-warm-up',
    async (control) => {
      await sessions.clear();
      await runTagWarmUp(config, tagWarmUpParts(backbone, trajectories, base, { device, backbones }), control, (event) => post({ type: 'tag-warm-up-event', run, event }));
    },
    {
      onWaiting: () => post({ type: 'tag-warm-up-event', run, event: { type: 'phase', at: 0, phase: 'load', detail: WAITING, fraction: null, secondsLeft: null } }),
      onCancelled: () => post({ type: 'tag-warm-up-event', run, event: { type: 'cancelled', at: 0 } }),
    },
  );
}

async function check(golden: Extract<Command, { readonly type: 'check' }>['golden']): Promise<void> {
  try {
    await sessions.clear();
    const { gpu, pipelines, layouts } = await device.get();
    const guard = new DeviceGuard();
    guard.watch((await device.forRun()).fault);
    const rows: CheckRow[] = [];
    for (const source of goldenSources(golden)) {
      for (const row of await guard.guard(checkGolden(gpu, source, { pipelines, layouts: await layouts() }))) rows.push({ ...row, group: `${source.name}: ${row.group}` });
    }
    post({ type: 'check', rows, device: gpu.description });
  } catch (error) {
    post({ type: 'check-failed', failure: toFailure(error) });
  }
}

/** Beside what runs: it needs no device. */
async function tags({ question, base, backbone }: Extract<Command, { readonly type: 'tags' }>): Promise<void> {
  try {
    const loaded = await backbones.load(plainChoice(backbone), base, () => undefined);
    const report = (preset: TagPreset): TagReport => tagReport(loaded, allTags(TAG_PRESETS[preset]));
    post({ type: 'tags', question, result: { reports: { 'search-r1': report('search-r1'), qwen: report('qwen') } } });
  } catch (error) {
    post({ type: 'tags', question, result: { failure: toFailure(error) } });
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
    case 'run':
      startAngles(data);
      break;
    case 'rollouts':
      startRollouts(data);
      break;
    case 'seesaw':
      startSeesaw(data);
      break;
    case 'steer':
      steer(data.steer);
      break;
    case 'leas':
      startLeas(data);
      break;
    case 'model-check':
      startModelCheck(data);
      break;
    case 'steer-leas':
      leasSteering.samples = data.steer.samples;
      break;
    case 'tag-warm-up':
      startTagWarmUp(data);
      break;
    case 'pause':
      queue.control(data.job)?.pause();
      break;
    case 'resume':
      queue.control(data.job)?.resume();
      break;
    case 'step':
      queue.control(data.job)?.step();
      break;
    case 'cancel':
      queue.control(data.job)?.cancel();
      break;
    case 'check':
      queue.add(() => check(data.golden));
      break;
    case 'tags':
      void tags(data);
      break;
    case 'probe':
      void probe();
      break;
  }
});
