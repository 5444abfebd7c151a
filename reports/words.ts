import type { RunSummary } from "../harness/model/summary.ts";
import type { Exercised, LocatedAnomaly, Verdict, VerdictOutcome } from "../harness/model/verdict.ts";
import type { Outcome } from "../harness/model/finding.ts";

/** What a verdict means, in one sentence. */
export const meanings: Readonly<Record<VerdictOutcome, string>> = {
  valid: "No required invariant was violated, and the run exercised what the scenario demands.",
  unknown: "This run proves nothing. The reasons say what to change.",
  invalid: "At least one invariant was violated. The anomalies say where, and by which records.",
};

/** Outcomes are told by a sign and a word, never by colour alone. */
export const signs: Readonly<Record<Outcome, string>> = {
  valid: "✓",
  unknown: "?",
  invalid: "✗",
  idle: "–",
  "not-applicable": "·",
};

const exercisedWords: Readonly<Record<Exercised["kind"], string>> = {
  commitsByVersion: "commits by each version",
  mixedVersionCommits: "commits at mixed versions",
  killsWithOpenTransaction: "kills with a transaction open",
  warmRestores: "warm restores with a changelog tail",
  fencings: "fencings of an older incarnation",
  crossedAborts: "transactions aborted in another order than begun",
  outlivedAborts: "aborted transactions whose member lived on",
  stopsUnderLoad: "members drained while records were waiting",
  "faults-active": "planned faults proven active",
};

/** What was counted, with the part of it that is meant: `commits by each version (settlement, v1)`. */
export function exercisedText({ kind, of }: Exercised): string {
  return of === null ? exercisedWords[kind] : `${exercisedWords[kind]} (${of})`;
}

/** `12.3 s`, from milliseconds of time 0. */
export function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1).replace("-", "−")} s`;
}

/** `12.3–15.0 s`; a span that never ended is `from 12.3 s, never ended`. */
export function stretch(span: { readonly fromMs: number; readonly toMs: number | null }): string {
  if (span.toMs === null) return `from ${seconds(span.fromMs)}, never ended`;
  return `${seconds(span.fromMs).slice(0, -2)}–${seconds(span.toMs)}`;
}

export function count(n: number): string {
  return n.toLocaleString("en-US");
}

/** `1 record`, `2 records`. */
export function counted(n: number, noun: string): string {
  return `${count(n)} ${noun}${n === 1 ? "" : "s"}`;
}

/** The command as a person pastes it into a POSIX shell. */
export function replayCommand({ replay }: Verdict): string {
  const quoted = replay.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`));
  return ["npm run -s rollproof --", ...quoted].join(" ");
}

/** When an anomaly happened: the time of its first bad commit, else of the first evidence that the summary shows. */
export function anomalyMs(anomaly: LocatedAnomaly, summary: RunSummary): number | null {
  const refs = [...(anomaly.firstBadCommit === null ? [] : [anomaly.firstBadCommit]), ...anomaly.evidence];
  for (const ref of refs) {
    const found =
      summary.records.find((record) => record.ref === ref) ?? summary.events.find((event) => event.ref === ref);
    if (found !== undefined) return found.atMs;
  }
  return null;
}

/** How many findings have each outcome: `19 valid, 1 invalid`. */
export function tally({ findings }: Verdict): string {
  const outcomes: readonly Outcome[] = ["invalid", "unknown", "valid", "idle", "not-applicable"];
  return outcomes
    .map((outcome) => [outcome, findings.filter((finding) => finding.outcome === outcome).length] as const)
    .filter(([, n]) => n > 0)
    .map(([outcome, n]) => `${n} ${outcome}`)
    .join(", ");
}

/** Says of a verdict that it was not judged by the specification that its run recorded. */
export function otherSpecification({ path, sha256 }: NonNullable<Verdict["judgedBy"]>): string {
  return `${path} (sha256 ${sha256.slice(0, 12)}), which is not the recorded specification`;
}
