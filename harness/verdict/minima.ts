import type { PipelineDescription } from "../model/pipeline.ts";
import type { Plan, PlannedFault } from "../model/plan.ts";
import { profiles } from "../model/profile.ts";
import { mixesVersions } from "../model/program.ts";
import { parseRole, roleSort } from "../model/role.ts";
import type { ExercisedKind } from "../model/scenario.ts";
import type { Exercised } from "../model/verdict.ts";

/** One count below which the run proves too little. What it counts is narrowed by stage, version or fault; null: it is not. */
export interface Minimum extends Pick<Exercised, "kind" | "of" | "minimum" | "because"> {
  readonly stage: string | null;
  readonly version: string | null;
  readonly fault: string | null;
}

export interface Question {
  readonly plan: Plan;
  readonly description: PipelineDescription;
}

type FaultKind = "killsWithOpenTransaction" | "warmRestores" | "fencings";

/**
 * The minima that follow from the question: commits of every stage by both versions and, unless all members are replaced together, at
 * mixed versions; of each fault what it is there for. The scenario's own numbers raise them; only one with a reason takes their place.
 */
export function minimaOf(question: Question): readonly Minimum[] {
  const { plan, description } = question;
  const { from, to, members } = plan.scenario;
  const isRoll = from !== to;
  const isMixed = isRoll && mixesVersions(plan.program, members);
  const mixed = isMixed ? description.stages.map(({ name: stage }) => mixedOf(stage)) : [];
  const purposes = plan.faults.map((fault) => ({ fault, kinds: purposesOf(fault, question) }));
  const byFaults = (kind: FaultKind, least: number): readonly Minimum[] => {
    const of = purposes.flatMap(({ fault, kinds }) => (kinds.includes(kind) ? [fault] : []));
    const parts = of.map((fault) => ({ ...none, kind, of: faultText(fault), fault: fault.id, minimum: 1 }));
    return withTotal(plan, { kind, total: Math.max(least, parts.length), parts });
  };
  return [
    ...versionMinima(question),
    // Of one stage the total says the same.
    ...withTotal(plan, { kind: "mixedVersionCommits", total: isMixed ? 1 : 0, parts: mixed.length > 1 ? mixed : [] }),
    ...byFaults("killsWithOpenTransaction", 0),
    ...byFaults("warmRestores", isRoll && restores(description) ? 1 : 0),
    ...byFaults("fencings", 0),
    ...askedFor(plan),
    { ...none, kind: "faults-active", minimum: plan.faults.length },
  ];
}

const none = { of: null, stage: null, version: null, fault: null, because: null } as const;

const onlyAsked = ["crossedAborts", "outlivedAborts", "stopsUnderLoad"] as const;

/** What no question demands by itself: it counts where the scenario asks for it. */
function askedFor(plan: Plan): readonly Minimum[] {
  return onlyAsked.flatMap((kind) => {
    const { [kind]: minimum = 0, lowered } = plan.scenario.exercised;
    const because = lowered?.[kind]?.because ?? null;
    const least = lowered?.[kind]?.atLeast ?? minimum;
    return least === 0 && because === null ? [] : [{ ...none, kind, minimum: least, because }];
  });
}

function versionMinima({ plan, description }: Question): readonly Minimum[] {
  const { from, to, exercised } = plan.scenario;
  const lowered = exercised.lowered?.commitsByVersion;
  const minimum = lowered?.atLeast ?? Math.max(1, exercised.commitsByVersion ?? 0);
  const because = lowered?.because ?? null;
  return description.stages.flatMap(({ name: stage }) =>
    [...new Set([from, to])].map((version) => {
      const kind = "commitsByVersion" as const;
      return { ...none, kind, of: `${stage}, ${version}`, stage, version, minimum, because };
    }),
  );
}

function mixedOf(stage: string): Minimum {
  return { ...none, kind: "mixedVersionCommits", of: stage, stage, minimum: 1 };
}

/** The run's total, and the parts that the question demands; a lowered minimum is one for the total alone. */
function withTotal(
  { scenario: { exercised } }: Plan,
  demanded: {
    readonly kind: FaultKind | "mixedVersionCommits";
    readonly total: number;
    readonly parts: readonly Minimum[];
  },
): readonly Minimum[] {
  const { kind, total, parts } = demanded;
  const lowered = exercised.lowered?.[kind];
  if (lowered === undefined) return [{ ...none, kind, minimum: Math.max(exercised[kind], total) }, ...parts];
  const { atLeast, because } = lowered;
  return [{ ...none, kind, minimum: atLeast, because }, ...parts.map((part) => ({ ...part, minimum: 0, because }))];
}

function restores({ speaks, checkpoint }: PipelineDescription): boolean {
  return speaks && checkpoint !== null;
}

/** What a fault is there for, besides being active. */
function purposesOf(fault: PlannedFault, { plan, description }: Question): readonly FaultKind[] {
  const role = parseRole(fault.target);
  const sort = roleSort(role);
  const { sessionTimeoutMs } = profiles[plan.scenario.profile];
  const restarts = sort === "member" && ["crash", "out-of-memory", "stop"].includes(fault.kind);
  const kills = restarts && fault.kind !== "stop" && description.offsets === "in-transaction" && isInTransaction(fault);
  const outlasts = (fault.forMs ?? Infinity) > sessionTimeoutMs;
  const isCutOff =
    (sort === "member" && ["pause", "disconnect"].includes(fault.kind)) ||
    (fault.kind === "hold" && role.kind === "links" && role.to.kind === "every-broker");
  return [
    ...(kills ? (["killsWithOpenTransaction"] as const) : []),
    ...(restarts && restores(description) ? (["warmRestores"] as const) : []),
    ...(isCutOff && outlasts ? (["fencings"] as const) : []),
  ];
}

/** The target's task is parked with its outputs sent and not committed. */
function isInTransaction({ trigger }: PlannedFault): boolean {
  return trigger.kind === "point" && (trigger.point === "after-send" || trigger.point === "before-commit");
}

function faultText({ id, kind, target }: PlannedFault): string {
  return `${id}, ${kind} of ${target}`;
}

/** The scenario's key for a kind, for advice. */
export const scenarioKeys: Readonly<Record<ExercisedKind, string>> = {
  commitsByVersion: "commits-by-version",
  mixedVersionCommits: "mixed-version-commits",
  killsWithOpenTransaction: "kills-with-open-transaction",
  warmRestores: "warm-restores",
  fencings: "fencings",
  crossedAborts: "crossed-aborts",
  outlivedAborts: "outlived-aborts",
  stopsUnderLoad: "stops-under-load",
};
