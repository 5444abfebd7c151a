import type { Anomaly } from "../model/finding.ts";

/** Invariants from cause to consequence: who may write, where work starts and ends, what is kept, what comes out. */
const fromCause =
  "OR2 TX1 TX3 FE1 ST2 TX2 TX4 UP5 UP1 UP2 UP3 PT1 EO3 CK1 OF4 OF1 OF2 CK3 OF3 OR3 CK4 ST1 CK2 EO4 OR1 EO1 EO2 LV2 LV3 LV1".split(
    " ",
  );

/**
 * The anomalies with the one nearest to the cause first: the earliest in the history, since one defect shows in many
 * places later; of the same moment and task the one that explains the others. Without a place: last.
 */
export function firstCauseFirst(anomalies: readonly Anomaly[]): readonly Anomaly[] {
  const [first] = anomalies.toSorted((a, b) => seqOf(a) - seqOf(b));
  if (first === undefined) return [];
  // Checkers point to different records of one transaction, so what is of the first's task is told by rank alone.
  return anomalies.toSorted(
    (a, b) =>
      Number(b.task === first.task) - Number(a.task === first.task) ||
      (a.task === first.task && b.task === first.task ? rank(a) - rank(b) : seqOf(a) - seqOf(b)) ||
      rank(a) - rank(b) ||
      seqOf(a) - seqOf(b),
  );
}

function seqOf({ seq }: Anomaly): number {
  return seq ?? Number.MAX_SAFE_INTEGER;
}

function rank({ invariant }: Anomaly): number {
  const at = fromCause.indexOf(invariant);
  return at < 0 ? fromCause.length : at;
}
