import { beginAudit } from "../../audit/audit.ts";
import { checkers } from "../../checkers/all.ts";
import { beginChecks } from "../../checkers/run.ts";
import type { Anomaly, CheckerContext } from "../../model/finding.ts";
import type { HistoryItem } from "../../model/history.ts";

/**
 * The checkers over a history that still grows. What they find is preliminary: the verdict comes from the whole history alone. Files of
 * members' disks are not read, so no checkpoint is judged here.
 */
export interface OnlineChecks {
  step(item: HistoryItem): void;
  /** Anomalies that were not there at the last look. */
  look(): readonly Anomaly[];
}

/** Judged over the whole history only: time that passed, and what the run itself lacks, mean nothing in its middle. */
const ofTheWhole: ReadonlySet<string> = new Set(["LV1", "LV2", "LV3", "HZ1"]);

export function beginOnlineChecks(context: CheckerContext): OnlineChecks {
  const { description, specification, plan } = context;
  const audit = beginAudit({ description, specification, partitions: plan.scenario.workload.partitions });
  const checks = beginChecks(
    context,
    checkers.filter(({ id }) => !ofTheWhole.has(id)),
  );
  const told = new Set<string>();
  return {
    step(item) {
      for (const batch of audit.step(item)) checks.step(batch);
    },
    look() {
      const found = checks.finish().flatMap(({ anomalies }) => anomalies);
      const fresh = found.filter(({ invariant, sentence }) => !told.has(`${invariant} ${sentence}`));
      for (const { invariant, sentence } of fresh) told.add(`${invariant} ${sentence}`);
      return fresh;
    },
  };
}
