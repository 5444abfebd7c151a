import type { Finding } from "../harness/model/finding.ts";
import type { Reporter } from "../harness/model/reporter.ts";
import type { Verdict } from "../harness/model/verdict.ts";
import { otherSpecification, replayCommand } from "./words.ts";
import { cut, visible } from "./visible.ts";

/** What happened to one test case; text is shown by CI systems. */
type Fate =
  | { readonly kind: "passed" }
  | { readonly kind: "failure" | "error" | "skipped"; readonly message: string; readonly text: string };

interface Case {
  readonly name: string;
  readonly fate: Fate;
}

/**
 * One test case per invariant: invalid is a failure, unknown an error, idle and not-applicable are skipped with their
 * reason. The last case is the verdict itself, so that a run which proves nothing is never green.
 */
export const junit: Reporter = {
  name: "junit",
  render(verdict, summary) {
    const cases = [...verdict.findings.map(findingCase), verdictCase(verdict)];
    return [{ path: "junit.xml", content: suite(verdict, cases, summary.endMs / 1_000) }];
  },
};

function findingCase(finding: Finding): Case {
  const { invariant, name, outcome, examined, unit } = finding;
  return { name: `${invariant} ${name} (${examined} ${unit})`, fate: findingFate(finding, outcome) };
}

function findingFate(finding: Finding, outcome: Finding["outcome"]): Fate {
  const message = finding.why ?? outcome;
  switch (outcome) {
    case "valid":
      return { kind: "passed" };
    case "invalid":
      return { kind: "failure", message: finding.anomalies[0]?.sentence ?? message, text: anomaliesText(finding) };
    case "unknown":
      return { kind: "error", message, text: "" };
    case "idle":
    case "not-applicable":
      return { kind: "skipped", message: `${outcome}: ${message}`, text: "" };
    default:
      return outcome satisfies never;
  }
}

function anomaliesText({ anomalies }: Finding): string {
  return anomalies
    .slice(0, 20)
    .map(({ sentence, expected, actual, evidence, more }) =>
      [
        cut(sentence),
        `expected: ${cut(expected)}`,
        `actual:   ${cut(actual)}`,
        `evidence: ${evidence.slice(0, 20).join(" ")}`,
        ...(more > 0 ? [`and ${more} more of the same cause`] : []),
      ].join("\n"),
    )
    .join("\n\n");
}

function verdictCase(verdict: Verdict): Case {
  const { outcome, headline, reasons } = verdict;
  if (outcome === "valid") return { name: "verdict", fate: { kind: "passed" } };
  const text = [...reasons, `Replay: ${replayCommand(verdict)}`].join("\n");
  return { name: "verdict", fate: { kind: outcome === "invalid" ? "failure" : "error", message: headline, text } };
}

function suite(verdict: Verdict, cases: readonly Case[], seconds: number): string {
  const number = (kind: Fate["kind"]): number => cases.filter(({ fate }) => fate.kind === kind).length;
  const counts = `tests="${cases.length}" failures="${number("failure")}" errors="${number("error")}" skipped="${number("skipped")}"`;
  const properties = [
    ["outcome", verdict.outcome],
    ["seed", verdict.seed],
    ["mutant", verdict.mutant ?? "none"],
    ["run id", verdict.runId],
    ["environment", verdict.environment],
    ...(verdict.judgedBy === null ? [] : [["judged by", otherSpecification(verdict.judgedBy)]]),
    ["kafka", verdict.versions.kafka],
    ...Object.entries(verdict.versions.features).map(([name, level]) => [`kafka ${name}`, String(level)]),
  ].map(([name = "", value = ""]) => `      <property name="${xml(name)}" value="${xml(value)}"/>`);
  return `${[
    `<?xml version="1.0" encoding="UTF-8"?>`,
    `<testsuites name="rollproof" ${counts}>`,
    `  <testsuite name="${xml(verdict.scenario)}" ${counts} time="${Math.max(0, seconds).toFixed(3)}">`,
    "    <properties>",
    ...properties,
    "    </properties>",
    ...cases.map((one) => testcase(verdict.scenario, one)),
    "  </testsuite>",
    "</testsuites>",
  ].join("\n")}\n`;
}

function testcase(scenario: string, { name, fate }: Case): string {
  const opening = `    <testcase classname="${xml(`rollproof.${scenario}`)}" name="${xml(name)}" time="0"`;
  if (fate.kind === "passed") return `${opening}/>`;
  const body =
    fate.kind === "skipped"
      ? `<skipped message="${xml(fate.message)}"/>`
      : `<${fate.kind} message="${xml(fate.message)}">${lines(fate.text)}</${fate.kind}>`;
  return `${opening}>\n      ${body}\n    </testcase>`;
}

/** Each line by itself, since only single texts are cut. */
function lines(text: string): string {
  return text.split("\n").map(xml).join("\n");
}

/** XML 1.0 text or attribute: characters that XML forbids are written out by `visible`. */
function xml(text: string): string {
  return visible(text)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
