import { startAudit } from "../audit/audit.ts";
import { readHistory } from "../history/reader.ts";
import type { EvidenceBatch } from "../model/evidence.ts";
import type { CheckerContext } from "../model/finding.ts";
import type { HistoryProblem } from "../model/history.ts";
import type { Verdict } from "../model/verdict.ts";
import type { RunLayout } from "../run/layout.ts";
import { nothingPointed, startPointed, type Pointed } from "../summary/pointed.ts";
import { checkpointFiles, missingFiles } from "./disk-copies.ts";

/** The history as the checkers see it: joined by the audit, with the checkpoint files at their place. */
export function* evidenceOf(layout: RunLayout, context: CheckerContext): Generator<EvidenceBatch> {
  const { description, specification, plan } = context;
  const audit = startAudit({ description, specification, partitions: plan.scenario.workload.partitions });
  const history = readHistory(layout.history);
  const missing: HistoryProblem[] = [];
  for (const item of history.items()) {
    yield* audit.step(item);
    if (item.kind !== "event" || item.event.kind !== "disk-copied") continue;
    missing.push(...missingFiles(layout, item.event));
    for (const file of checkpointFiles(layout, item.event, description)) yield* audit.checkpoint(file);
  }
  const end = history.end();
  const problems = [...end.problems, ...missing];
  yield* audit.finish({ ...end, complete: end.complete && problems.length === 0, problems });
}

/** The second reading: what the anomalies and the exercised counts point to. */
export function pointedAt(layout: RunLayout, context: CheckerContext, verdict: Verdict): Pointed {
  const refs = [
    ...verdict.anomalies.flatMap(({ evidence, firstBadCommit }) => [
      ...evidence,
      ...(firstBadCommit === null ? [] : [firstBadCommit]),
    ]),
    ...verdict.exercised.flatMap(({ evidence }) => evidence),
  ];
  if (refs.length === 0) return nothingPointed;
  const pointed = startPointed({ ...context, refs });
  for (const batch of evidenceOf(layout, context)) pointed.step(batch);
  return pointed.finish();
}
