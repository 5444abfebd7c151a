import { summarySchemaVersion, type RunSummary } from "../model/summary.ts";

/** The summary of a run whose history was not read: nothing to draw. */
export function emptySummary(runId: string): RunSummary {
  return {
    schemaVersion: summarySchemaVersion,
    runId,
    endMs: 0,
    phases: [],
    members: [],
    brokers: [],
    faults: [],
    steps: [],
    series: [],
    counts: {
      inputsPlanned: 0,
      inputsAcknowledged: 0,
      transactionsCommitted: 0,
      transactionsAborted: 0,
      outputsCommitted: 0,
      events: 0,
      frames: 0,
    },
    records: [],
    events: [],
  };
}
