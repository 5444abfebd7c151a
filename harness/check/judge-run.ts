import { RollproofError } from "../base/errors.ts";
import type { Verdict } from "../model/verdict.ts";
import { runLayout, type RunLayout } from "../run/layout.ts";
import { judgeApart } from "./judge-apart.ts";
import { unjudged, writeJudged } from "./judged-files.ts";
import type { Recorded } from "./recorded.ts";
import { readJudged } from "./report.ts";
import { holdsRun } from "./run-files.ts";

export interface JudgeOptions {
  /** A specification's file to judge by in place of the recorded one. */
  readonly specification?: string | null;
  /** How long one call of the specification may take before it is stopped. */
  readonly callMsMax?: number;
}

const callMsMax = 10_000;

/**
 * A recorded run → verdict.json and summary.json; needs neither Kafka nor the pipeline. Throws when the directory holds no run,
 * and `specification-changed`; a run that cannot be judged is unknown.
 */
export async function judgeRun(directory: string, options: JudgeOptions = {}): Promise<Verdict> {
  const layout = runLayout(directory);
  if (!holdsRun(layout)) await recordedIn(layout); // to refuse it at once
  const apart = await judgeApart(directory, {
    specification: options.specification ?? null,
    callMsMax: options.callMsMax ?? callMsMax,
  });
  switch (apart.kind) {
    case "judged":
      return readJudged(directory).verdict;
    case "refused": {
      const { code, message, remedy, cause } = apart;
      throw new RollproofError(code, message, { remedy, ...(cause === null ? {} : { cause }) });
    }
    case "defect":
      throw Object.assign(new Error("Judging failed."), { stack: apart.stack });
    case "died": {
      const judged = unjudged(layout, { ...(await recordedIn(layout)), reasons: [apart.why] });
      await writeJudged(layout, judged);
      return judged.verdict;
    }
    default:
      return apart satisfies never;
  }
}

/** Loaded only where something is wrong: a sound run is read by the process that judges it. */
async function recordedIn(layout: RunLayout): Promise<Recorded> {
  const { readRecorded } = await import("./recorded.ts");
  return readRecorded(layout);
}
