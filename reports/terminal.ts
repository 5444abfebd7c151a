import { levelsText } from "../harness/model/kafka-features.ts";
import type { Reporter } from "../harness/model/reporter.ts";
import type { RunSummary } from "../harness/model/summary.ts";
import type { LocatedAnomaly, PlantedOutcome, Verdict, VerdictOutcome } from "../harness/model/verdict.ts";
import { visibleLine } from "./visible.ts";
import {
  otherSpecification,
  count,
  exercisedText,
  replayCommand,
  seconds,
  signs,
  stretch,
  tally,
  anomalyMs,
} from "./words.ts";

const anomaliesMax = 5;
const linesMax = 8;

/** `path`s are shown as they are given; null leaves them out. */
export interface TerminalOptions {
  readonly colour: boolean;
  readonly runDirectory: string | null;
  readonly report: string | null;
}

/** The last words of a run: verdict first, replay command last. */
export function terminal(options: TerminalOptions): Reporter {
  return {
    name: "terminal",
    render: (verdict, summary) => [{ path: null, content: `${text(verdict, summary, options).join("\n")}\n` }],
  };
}

function text(verdict: Verdict, summary: RunSummary, options: TerminalOptions): string[] {
  const paint = painter(options.colour);
  return [
    `${paint(verdict.outcome, verdict.outcome.toUpperCase())}  ${visibleLine(verdict.headline)}`,
    ...bounded(verdict.reasons),
    "",
    ...pairs([
      ["scenario", `${verdict.scenario} (mutant: ${verdict.mutant ?? "none"}, environment: ${verdict.environment})`],
      ["kafka", kafka(verdict)],
      ["rolled", summary.steps.map((step) => `${step.label} (${stretch(step)})`).join(", ") || "nothing"],
      ...injuries(summary),
      ["expected", expectation(verdict)],
      ...(verdict.judgedBy === null ? [] : [["judged by", otherSpecification(verdict.judgedBy)] as const]),
    ]),
    "",
    "Exercised",
    ...exercised(verdict),
    "",
    `Invariants: ${tally(verdict)}`,
    ...verdict.findings
      .filter(({ outcome }) => outcome === "invalid" || outcome === "unknown")
      .map(({ outcome, invariant, name, why }) => {
        const line = `  ${signs[outcome]} ${outcome} ${invariant} ${name}`;
        // Of a stack only its first line; verdict.json and the page have all of it.
        return visibleLine(why === null ? line : `${line}: ${why.split("\n")[0] ?? ""}`);
      }),
    ...anomalies(verdict, summary),
    ...residual(verdict),
    "",
    ...pairs([
      ...(options.runDirectory === null ? [] : [["run", options.runDirectory] as const]),
      ...(options.report === null ? [] : [["report", options.report] as const]),
      ["replay", replayCommand(verdict)],
    ]),
  ];
}

function pairs(told: readonly (readonly [name: string, value: string])[]): string[] {
  return told.map(([name, value]) => `  ${name.padEnd(9)} ${visibleLine(value)}`);
}

function kafka({ versions: { kafka, features } }: Verdict): string {
  return Object.keys(features).length === 0 ? kafka : `${kafka} (${levelsText(features)})`;
}

function injuries({ faults }: RunSummary): (readonly [string, string])[] {
  if (faults.length === 0) return [["injured", "nothing"]];
  return faults.map((fault, i) => {
    const proof = `${stretch(fault)}, ${fault.proven ? "proven" : "not proven"}`;
    return [
      i === 0 ? "injured" : "",
      `${fault.label} (${fault.unfired === null ? proof : `unfired: ${fault.unfired}`})`,
    ];
  });
}

const plantedWords: Readonly<Record<PlantedOutcome, string>> = {
  killed: "the planted bug was found",
  misnamed: "the planted bug was found, but by none of these",
  survived: "the planted bug had what it needs and was not found: a defect of rollproof",
  "need-not-met": "the planted bug did not have what it needs",
};

function expectation({ expectation: { verdict, anomalies, met, planted } }: Verdict): string {
  const kinds = anomalies.length === 0 ? "" : ` by one of ${anomalies.join(", ")}`;
  const told = `${verdict}${kinds}: ${met ? "met" : "not met"}`;
  return planted === null ? told : `${told}; ${plantedWords[planted]}`;
}

function exercised(verdict: Verdict): string[] {
  const told = verdict.exercised.map((one) => ({ ...one, text: exercisedText(one) }));
  const width = Math.max(...told.map(({ text }) => text.length), 36);
  return told.map(({ text, seen, minimum, because }) => {
    const sign = seen >= minimum ? signs.valid : signs.invalid;
    const why = because === null ? "" : `, because ${because}`;
    return visibleLine(
      `  ${sign} ${text.padEnd(width)} ${count(seen).padStart(7)}  (at least ${count(minimum)}${why})`,
    );
  });
}

function anomalies(verdict: Verdict, summary: RunSummary): string[] {
  if (verdict.anomalies.length === 0) return [];
  const left = verdict.anomalies.length - anomaliesMax;
  return [
    "",
    "Anomalies",
    ...verdict.anomalies.slice(0, anomaliesMax).flatMap((anomaly, i) => one(anomaly, i, summary)),
    ...(left > 0 ? [`  and ${left} more in verdict.json`] : []),
  ];
}

function one(anomaly: LocatedAnomaly, i: number, summary: RunSummary): string[] {
  const at = anomalyMs(anomaly, summary);
  const place = [
    ...(at === null ? [] : [`at ${seconds(at)}`]),
    ...(anomaly.task === null ? [] : [`task ${anomaly.task}`]),
    ...(anomaly.phase === null ? [] : [`phase ${anomaly.phase}`]),
    ...(anomaly.faultsActive.length === 0 ? [] : [`during ${anomaly.faultsActive.join(", ")}`]),
  ];
  return [
    `  ${i + 1}. ${visibleLine(`${anomaly.invariant}: ${anomaly.sentence}`)}`,
    ...pairs([
      ["expected", anomaly.expected],
      ["actual", anomaly.actual],
      ["where", place.join(", ") || "not located"],
      ...(anomaly.preceded === null ? [] : [["before", anomaly.preceded.sentence] as const]),
      ["evidence", anomaly.evidence.slice(0, 6).join(" ")],
      ...(anomaly.more > 0 ? [["", `and ${count(anomaly.more)} more of the same cause`] as const] : []),
    ]).map((line) => `   ${line}`),
  ];
}

function residual({ residual }: Verdict): string[] {
  if (residual.length === 0) return [];
  return ["", "Not shown by this run", ...bounded(residual)];
}

/** As many as a screen takes; the page and verdict.json have all. */
function bounded(lines: readonly string[]): string[] {
  const left = lines.length - linesMax;
  return [
    ...lines.slice(0, linesMax).map((line) => `  - ${visibleLine(line)}`),
    ...(left > 0 ? [`  - and ${left} more in verdict.json`] : []),
  ];
}

/** Bold on green, yellow or red; plain when colours are off. */
function painter(colour: boolean): (outcome: VerdictOutcome, text: string) => string {
  const codes = { valid: 42, unknown: 43, invalid: 41 } as const;
  return (outcome, text) => (colour ? `\u001b[1;97;${codes[outcome]}m ${text} \u001b[0m` : text);
}
