import { hostFactorMax } from "../../base/host-factor.ts";
import { display } from "../../base/did-you-mean.ts";
import type { HistoryEvent, Json } from "../../model/event.ts";
import type { Plan } from "../../model/plan.ts";
import type { RunInfo } from "../../model/verdict.ts";

/** What the history itself says about the run that it is of, against run.json. */
export interface Started {
  readonly plan: Plan;
  readonly run: RunInfo;
  readonly events: HistoryEvent<"run-started">[];
}

export function beginStarted(plan: Plan, run: RunInfo): Started {
  return { plan, run, events: [] };
}

export function learnStarted({ events }: Started, event: HistoryEvent): void {
  if (event.kind === "run-started") events.push(event);
}

export function startedReasons({ plan, run, events }: Started): readonly string[] {
  const [event, ...more] = events;
  if (event === undefined) return ["The history has no run-started event, so it does not say which run it is of."];
  if (more.length > 0) return [`The history has ${events.length} run-started events: it is of more than one run.`];
  return [...disagreements(event, run), ...otherLevels(plan, run), ...implausible(run)];
}

function disagreements(event: HistoryEvent<"run-started">, run: RunInfo): readonly string[] {
  const { versions } = run;
  const compared: readonly (readonly [what: string, inHistory: unknown, inRunInfo: unknown])[] = [
    ["run id", event.runId, run.runId],
    ["start", event.startedAt, run.startedAt],
    ["plan digest", event.planSha256, versions.planSha256],
    ["specification digest", event.specificationSha256, versions.specificationSha256],
    ["specification", event.specificationPath, run.specificationPath],
    ["host factor", event.hostFactor, run.hostFactor],
    ["Kafka version", event.kafka, versions.kafka],
    ["rollproof version", event.tool, versions.tool],
    ["Node.js version", event.node, versions.node],
    // The event gives the reason too: `process: asked for`.
    ["environment", event.environment.split(":", 1)[0], run.environment],
    ...byName("digest of version", event.pipeline, versions.pipeline),
    ...byName("level of", event.features, versions.features),
  ];
  return compared.flatMap(([what, inHistory, inRunInfo]) =>
    inHistory === inRunInfo
      ? []
      : [`The history's run-started gives the ${what} ${display(inHistory)}, run.json ${display(inRunInfo)}.`],
  );
}

function byName(
  what: string,
  inHistory: Json,
  inRunInfo: Readonly<Record<string, unknown>>,
): readonly (readonly [string, unknown, unknown])[] {
  const known = new Map(Object.entries(inRunInfo));
  const said = new Map(typeof inHistory === "object" && inHistory !== null ? Object.entries(inHistory) : []);
  const names = [...new Set([...known.keys(), ...said.keys()])];
  return names.map((name) => [`${what} ${display(name)}`, said.get(name), known.get(name)]);
}

/** Feature levels that the scenario asks for, and the brokers did not have. */
function otherLevels({ scenario }: Plan, { versions }: RunInfo): readonly string[] {
  return Object.entries(scenario.features ?? {}).flatMap(([name, level]) => {
    const had = versions.features[name] ?? 0;
    return had === level ? [] : [`The plan asks for ${display(name)} at level ${level}, the brokers had ${had}.`];
  });
}

/** Both may have been changed together; a host factor that is never measured shows it. */
function implausible({ hostFactor }: RunInfo): readonly string[] {
  if (hostFactor >= 1 && hostFactor <= hostFactorMax) return [];
  return [`The host factor ${hostFactor} was not measured: rollproof measures 1 to ${hostFactorMax}.`];
}
