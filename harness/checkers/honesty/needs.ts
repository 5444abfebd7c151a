import type { EvidenceBatch } from "../../model/evidence.ts";
import type { EventKind } from "../../model/event.ts";
import type { CheckerContext, Finding, Reliance } from "../../model/finding.ts";
import { everyEnd, everyFault, everyGauge, everyStart } from "../../facts/reliances.ts";
import { everyInvariant, neededEvents } from "./needed-events.ts";
import type { Missing } from "./needs-of-theme.ts";
import { checkpointNeeds } from "./needs-checkpoints.ts";
import { faultEndNeeds } from "./needs-fault-ends.ts";
import { gaugeNeeds } from "./needs-gauges.ts";
import { logNeeds } from "./needs-logs.ts";
import { processNeeds } from "./needs-processes.ts";
import { runNeeds } from "./needs-run.ts";
import { stepNeeds } from "./needs-steps.ts";
import { earlyEnd } from "./run-facts.ts";

export interface Needs {
  step(batch: EvidenceBatch): void;
  /** The finding, unknown where it would be valid without evidence that it needs. */
  weigh(finding: Finding): Finding;
}

/** What each judgement needs to be there: by `neededEvents`, and due as the themes say. */
export function beginNeeds(context: CheckerContext): Needs {
  const themes = [runNeeds, processNeeds, faultEndNeeds, stepNeeds, gaugeNeeds, logNeeds, checkpointNeeds].map(
    (begin) => begin(context),
  );
  let told: ReadonlyMap<EventKind, string> | null = null;
  let hasEndedEarly = false;
  return {
    step(batch) {
      told = null;
      if (batch.kind !== "event") return;
      if (earlyEnd(batch.event) !== null) hasEndedEarly = true;
      for (const theme of themes) theme.step(batch.event);
    },
    weigh(finding) {
      if (finding.outcome === "not-applicable") return finding;
      told ??= tell(themes.flatMap((theme) => theme.missing()));
      if (finding.outcome === "invalid") return sparedWithout(told, finding);
      // Others that doubt already have said why; HZ1 names everything but what an early end explains.
      if (finding.outcome === "unknown" && (finding.invariant !== "HZ1" || hasEndedEarly)) return finding;
      const lacking = [...told].filter(([kind]) => isNeeded(kind, finding.invariant));
      if (lacking.length === 0) return finding;
      const own = finding.why === null || finding.outcome !== "unknown" ? [] : [finding.why];
      const whys =
        finding.invariant === "HZ1"
          ? lacking.map(([, why]) => why)
          : [`Evidence is missing (${lacking.map(([kind]) => kind).join(", ")}): see HZ1.`];
      return { ...finding, outcome: "unknown", why: [...own, ...whys].join(" ") };
    },
  };
}

/** What an anomaly may rest on → the kinds of event of which none may be missing then. */
const wholeLedgers: ReadonlyMap<Reliance, readonly EventKind[]> = new Map([
  [everyStart, ["process-started"]],
  [everyEnd, ["process-ended"]],
  [everyFault, ["fault-planned", "fault-journalled", "fault-applied"]],
  [everyGauge, ["gauge-host", "gauge-loop-delay"]],
]);

/** The finding without the anomalies that rest on every event of a kind of which one is missing. */
function sparedWithout(told: ReadonlyMap<EventKind, string>, finding: Finding): Finding {
  const lackingOf = (reliance: Reliance): readonly EventKind[] =>
    (wholeLedgers.get(reliance) ?? []).filter((kind) => told.has(kind));
  const kept = finding.anomalies.filter(({ restsOn }) => restsOn.every((one) => lackingOf(one).length === 0));
  if (kept.length > 0) return { ...finding, anomalies: kept };
  const lacking = new Set(finding.anomalies.flatMap(({ restsOn }) => restsOn.flatMap(lackingOf)));
  const why = `${finding.anomalies.length} suspected anomalies rest on evidence that is missing (${[...lacking].join(", ")}): see HZ1.`;
  return { ...finding, outcome: "unknown", anomalies: [], why };
}

/** One sentence per kind of event, with the first place and the number of further ones. */
function tell(all: readonly Missing[]): ReadonlyMap<EventKind, string> {
  return new Map(
    [...Map.groupBy(all, ({ kind }) => kind)].map(([kind, group]) => {
      const [first, ...others] = new Set(group.map(({ of }) => of));
      const more = others.length === 0 ? "" : ` and ${others.length} more`;
      return [kind, `The history lacks ${kind} of ${first}${more}: run again.`];
    }),
  );
}

function isNeeded(kind: EventKind, invariant: string): boolean {
  const need = neededEvents[kind];
  return "by" in need && (need.by.includes(invariant) || need.by.includes(everyInvariant));
}
