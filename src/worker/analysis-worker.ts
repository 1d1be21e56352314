import { analyseAngles } from '../core/angles/analyse.ts';
import type { GramBlock } from '../core/gram/types.ts';
import { toFailure } from '../lab/failure.ts';
import type { AnalysisReply, AnalysisRequest } from './protocol.ts';

let held = new Map<string, GramBlock>();

addEventListener('message', ({ data }: MessageEvent<AnalysisRequest>) => {
  let reply: AnalysisReply;
  try {
    const known = new Map([...held, ...data.blocks.map((block) => [block.group, block] as const)]);
    held = new Map(
      data.groups.map((group) => {
        const block = known.get(group);
        if (!block) throw new Error(`The inner products of “${group}” did not arrive.`);
        return [group, block];
      }),
    );
    reply = { id: data.id, analysis: analyseAngles({ ...data.gram, blocks: [...held.values()] }, data.settings) };
  } catch (error) {
    reply = { id: data.id, failure: toFailure(error) };
  }
  postMessage(reply);
});
