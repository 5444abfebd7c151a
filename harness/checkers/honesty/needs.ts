import type { EvidenceBatch } from "../../model/evidence.ts";
import type { EventKind, HistoryEvent } from "../../model/event.ts";
import type { CheckerContext, Finding } from "../../model/finding.ts";
import { everyStart } from "../anomalies.ts";
import { everyInvariant, neededEvents } from "./needed-events.ts";
import { checkpointNeeds } from "./needs-checkpoints.ts";
import { gaugeNeeds } from "./needs-gauges.ts";
import { logNeeds } from "./needs-logs.ts";
import { processNeeds } from "./needs-processes.ts";
import { runNeeds } from "./needs-run.ts";
import { stepNeeds } from "./needs-steps.ts";
import { earlyEnd } from "./run-facts.ts";

/** Events that are due and not there. */
export interface Missing {
  readonly kind: EventKind;
  /** Of what, e.g. `member-1/2`. */
  readonly of: string;
}

/** One theme of what a judgement needs; asked once, at the end. */
export interface NeedsOfTheme {
  step(event: HistoryEvent): void;
  missing(): readonly Missing[];
}

export interface Needs {
  step(batch: EvidenceBatch): void;
  /** The finding, unknown where it would be valid without evidence that it needs. */
  weigh(finding: Finding): Finding;
}

/** What each judgement needs to be there: by `neededEvents`, and due as the themes say. */
export function startNeeds(context: CheckerContext): Needs {
  const themes = [runNeeds, processNeeds, stepNeeds, gaugeNeeds, logNeeds, checkpointNeeds].map((start) =>
    start(context),
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
      if (finding.outcome === "invalid") return told.has("process-started") ? withoutStarts(finding) : finding;
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

/** The finding without the anomalies that rest on every start of a process. */
function withoutStarts(finding: Finding): Finding {
  const kept = finding.anomalies.filter(({ restsOn }) => !restsOn.includes(everyStart));
  if (kept.length > 0) return { ...finding, anomalies: kept };
  const why = `${finding.anomalies.length} suspected anomalies rest on evidence that is missing (process-started): see HZ1.`;
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
