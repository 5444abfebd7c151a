import type { Reporter } from "../harness/model/reporter.ts";
import type { LocatedAnomaly, Verdict } from "../harness/model/verdict.ts";
import { replayCommand } from "./words.ts";
import { visible, visibleLine } from "./visible.ts";

/** GitHub shows at most ten annotations of a level per step. */
const annotationsMax = 10;

/** Workflow commands that GitHub Actions turns into annotations. */
export const github: Reporter = {
  name: "github",
  render: (verdict) => [{ path: null, content: `${commands(verdict).join("\n")}\n` }],
};

function commands(verdict: Verdict): string[] {
  const title = `rollproof ${verdict.scenario}: ${verdict.outcome}`;
  const replay = `Replay: ${replayCommand(verdict)}`;
  if (verdict.outcome === "valid") return [command("notice", title, `${verdict.headline}\n${replay}`)];
  if (verdict.outcome === "unknown")
    return [command("warning", title, [verdict.headline, ...verdict.reasons, replay].join("\n"))];
  return [
    command("error", title, `${verdict.headline}\n${replay}`),
    ...verdict.anomalies.slice(0, annotationsMax - 1).map((anomaly) => anomalyCommand(verdict, anomaly)),
  ];
}

function anomalyCommand(verdict: Verdict, { invariant, sentence, expected, actual, evidence }: LocatedAnomaly): string {
  const lines = [
    sentence,
    `expected: ${expected}`,
    `actual: ${actual}`,
    `evidence: ${evidence.slice(0, 10).join(" ")}`,
  ];
  return command("error", `rollproof ${verdict.scenario}: ${invariant}`, lines.join("\n"));
}

/** Escapes as in @actions/core: `%`, CR and LF in the message, `:` and `,` too in a property. */
function command(level: "notice" | "warning" | "error", title: string, message: string): string {
  return `::${level} title=${property(visibleLine(title))}::${data(visible(message))}`;
}

function data(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function property(text: string): string {
  return data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
