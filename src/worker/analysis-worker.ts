import { analyseAngles } from '../core/angles/analyse.ts';
import type { AngleAnalysis } from '../core/angles/types.ts';
import type { GramBlock } from '../core/gram/types.ts';
import { analyseExperiment } from '../core/leas/experiment.ts';
import { toFailure } from '../lab/failure.ts';
import type { AnalysisReply, AnalysisRequest, LeasAnalysisRequest } from './protocol.ts';

let held = new Map<string, GramBlock>();

addEventListener('message', ({ data }: MessageEvent<AnalysisRequest | LeasAnalysisRequest>) => {
  let reply: AnalysisReply;
  try {
    reply = 'counts' in data ? { id: data.id, experiment: analyseExperiment(data.counts, data.settings) } : { id: data.id, analysis: analyse(data) };
  } catch (error) {
    reply = { id: data.id, failure: toFailure(error) };
  }
  postMessage(reply);
});

function analyse(data: AnalysisRequest): AngleAnalysis {
  const known = new Map([...held, ...data.blocks.map((block) => [block.group, block] as const)]);
  held = new Map(
    data.groups.map((group) => {
      const block = known.get(group);
      if (!block) throw new Error(`The inner products of “${group}” did not arrive.`);
      return [group, block];
    }),
  );
  return analyseAngles({ ...data.gram, blocks: [...held.values()] }, data.settings);
}
