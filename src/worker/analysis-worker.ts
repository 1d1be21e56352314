import { analyseAngles } from '../core/angles/analyse.ts';
import { toFailure } from '../lab/failure.ts';
import type { AnalysisReply, AnalysisRequest } from './protocol.ts';

addEventListener('message', ({ data }: MessageEvent<AnalysisRequest>) => {
  let reply: AnalysisReply;
  try {
    reply = { id: data.id, analysis: analyseAngles(data.gram, data.settings) };
  } catch (error) {
    reply = { id: data.id, failure: toFailure(error) };
  }
  postMessage(reply);
});
