import { beginAudit } from "../audit/audit.ts";
import { readHistory } from "../history/reader.ts";
import type { EvidenceBatch } from "../model/evidence.ts";
import type { CheckerContext } from "../model/finding.ts";
import type { Verdict } from "../model/verdict.ts";
import type { RunLayout } from "../run/layout.ts";
import { nothingPointed, beginPointed, type Pointed } from "../summary/pointed.ts";
import { diskEvidence } from "./disk-copies.ts";

/** Files of copied disks that are named one by one when they are not as they were copied. */
const damageNamedMax = 20;

/** The history as the checkers see it: joined by the audit, with the checkpoint files at their place where they are asked for. */
export function* evidenceOf(
  layout: RunLayout,
  context: CheckerContext,
  { disks }: { readonly disks: boolean },
): Generator<EvidenceBatch> {
  const { description, specification, plan } = context;
  const audit = beginAudit({ description, specification, partitions: plan.scenario.workload.partitions });
  const history = readHistory(layout.history);
  const damage: string[] = [];
  for (const item of history.items()) {
    yield* audit.step(item);
    for (const found of disks ? diskEvidence(layout, item, description) : [])
      if (found.kind === "checkpoint") yield* audit.checkpoint(found.file);
      else damage.push(found.what);
  }
  const named = damage.slice(0, damageNamedMax);
  if (damage.length > named.length)
    named.push(`${damage.length - named.length} more files are not as they were copied`);
  yield* audit.finish(history.end(), named);
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
  const pointed = beginPointed({ ...context, refs });
  // Nothing is judged again: what f expects is no part of what is shown.
  for (const batch of evidenceOf(layout, { ...context, specification: null }, { disks: false })) {
    pointed.step(batch);
    if (pointed.isComplete()) break;
  }
  return pointed.finish();
}
