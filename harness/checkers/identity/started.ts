import { hostFactorMax } from "../../base/host-factor.ts";
import { display } from "../../base/did-you-mean.ts";
import type { HistoryEvent } from "../../model/event.ts";
import type { RunInfo } from "../../model/verdict.ts";

/** What the history itself says about the run that it is of, against run.json. */
export interface Started {
  readonly run: RunInfo;
  readonly events: HistoryEvent<"run-started">[];
}

export function startStarted(run: RunInfo): Started {
  return { run, events: [] };
}

export function learnStarted({ events }: Started, event: HistoryEvent): void {
  if (event.kind === "run-started") events.push(event);
}

export function startedReasons({ run, events }: Started): readonly string[] {
  const [event, ...more] = events;
  if (event === undefined) return ["The history has no run-started event, so it does not say which run it is of."];
  if (more.length > 0) return [`The history has ${events.length} run-started events: it is of more than one run.`];
  return [...disagreements(event, run), ...implausible(run)];
}

function disagreements(event: HistoryEvent<"run-started">, run: RunInfo): readonly string[] {
  const { versions } = run;
  const compared: readonly (readonly [what: string, inHistory: unknown, inRunInfo: unknown])[] = [
    ["run id", event.runId, run.runId],
    ["plan digest", event.planSha256, versions.planSha256],
    ["specification digest", event.specificationSha256, versions.specificationSha256],
    ["host factor", event.hostFactor, run.hostFactor],
    ["Kafka version", event.kafka, versions.kafka],
    ["rollproof version", event.tool, versions.tool],
    // The event gives the reason too: `process: asked for`.
    ["environment", event.environment.split(":", 1)[0], run.environment],
    ...digests(event.pipeline, versions.pipeline),
  ];
  return compared.flatMap(([what, inHistory, inRunInfo]) =>
    inHistory === inRunInfo
      ? []
      : [`The history's run-started gives the ${what} ${display(inHistory)}, run.json ${display(inRunInfo)}.`],
  );
}

function digests(
  inHistory: HistoryEvent<"run-started">["pipeline"],
  inRunInfo: RunInfo["versions"]["pipeline"],
): readonly (readonly [string, unknown, unknown])[] {
  const known = new Map(Object.entries(inRunInfo));
  const said = new Map(typeof inHistory === "object" && inHistory !== null ? Object.entries(inHistory) : []);
  return [...new Set([...known.keys(), ...said.keys()])].map((version) => [
    `digest of version ${display(version)}`,
    said.get(version),
    known.get(version),
  ]);
}

/** Both may have been changed together; a host factor that is never measured shows it. */
function implausible({ hostFactor }: RunInfo): readonly string[] {
  if (hostFactor >= 1 && hostFactor <= hostFactorMax) return [];
  return [`The host factor ${hostFactor} was not measured: rollproof measures 1 to ${hostFactorMax}.`];
}
