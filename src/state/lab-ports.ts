import { AnalysisClient } from '../worker/analysis-client.ts';
import { LabClient } from '../worker/client.ts';
import { FilesClient } from './files-client.ts';
import { openedRun } from './opened-run.ts';
import type { LabPorts } from './ports.ts';

/** The laboratory as this page has it: three workers, each started when it is first needed. */
export function createLabPorts(): LabPorts {
  const files = new FilesClient();
  return {
    client: new LabClient(),
    analysis: new AnalysisClient(),
    openRun: async (blob) => {
      const { record, gram } = await files.read(blob);
      return openedRun(record, gram);
    },
    readCounts: (blob, mapping) => files.readCounts(blob, mapping),
    readLeasRecord: (blob) => files.readLeasRecord(blob),
    write: (input) => files.write(input),
  };
}
