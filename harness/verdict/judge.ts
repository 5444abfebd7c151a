import type { Finding } from "../model/finding.ts";
import type { PipelineDescription } from "../model/pipeline.ts";
import type { Plan } from "../model/plan.ts";
import {
  verdictSchemaVersion,
  type Exercised,
  type LocatedAnomaly,
  type PlantedOutcome,
  type RunInfo,
  type Verdict,
  type VerdictOutcome,
} from "../model/verdict.ts";
import type { ExercisedSeen } from "./exercised.ts";
import { scenarioKeys } from "./minima.ts";
import { unjudgedHops } from "./hops.ts";
import { expectationOf, plantedOutcome } from "./expectation.ts";
import { firstCauseFirst } from "./order.ts";
import { requirementsOf } from "./required.ts";
import { notJudged, withheld } from "./withheld.ts";

export interface Judged {
  readonly plan: Plan;
  readonly description: PipelineDescription;
  readonly findings: readonly Finding[];
  readonly exercised: ExercisedSeen;
  readonly run: RunInfo;
  /** As in the verdict. */
  readonly judgedBy: Verdict["judgedBy"];
  /** Whether the evidence is one run's (checkers/identity). */
  readonly mixed: { readonly reasons: readonly string[]; readonly isHistoryWhole: boolean };
  /** Where plan.json lies, as `run --plan` takes it at the repository's root. */
  readonly planPath: string;
}

/** Findings → verdict: the worst of them; unknown too where what is required was idle, missing or not exercised. */
export function judge(judged: Judged): Verdict {
  const { plan, description, exercised, run, judgedBy, mixed, planPath } = judged;
  const { scenario } = plan;
  const findings = mixed.reasons.length === 0 ? judged.findings : withheld(judged.findings, mixed);
  const anomalies = findings.flatMap((finding) => finding.anomalies);
  const planted = plantedOutcome({ plan, findings, counts: exercised.counts });
  const doubts = [
    ...survivorReason(plan, planted),
    ...findingReasons(plan, findings),
    ...exercised.counts.flatMap(minimumReason),
    ...needReason(plan, planted),
  ];
  const outcome: VerdictOutcome = findings.some((finding) => finding.outcome === "invalid")
    ? "invalid"
    : doubts.length > 0
      ? "unknown"
      : "valid";
  const located = firstCauseFirst(anomalies).map((anomaly): LocatedAnomaly => ({
    ...anomaly,
    ...exercised.placeAt(anomaly.seq),
    preceded: exercised.precededBy(anomaly.task, anomaly.seq),
  }));
  return {
    schemaVersion: verdictSchemaVersion,
    outcome,
    headline: headlineOf({ plan, outcome, findings, first: located[0], doubts }),
    reasons: outcome === "unknown" ? doubts : [],
    scenario: scenario.name,
    question: scenario.question,
    seed: plan.seed,
    mutant: plan.mutant,
    guarantee: scenario.guarantee,
    runId: run.runId,
    environment: run.environment,
    versions: run.versions,
    judgedBy,
    exercised: exercised.counts,
    residual: residualOf(findings, exercised, description),
    findings,
    anomalies: located,
    expectation: expectationOf({ plan, outcome, anomalies, planted }),
    replay: ["run", "--plan", planPath],
  };
}

/** A planted bug that met its need and that no invariant saw: the run says so before all else. */
function survivorReason({ mutant }: Plan, planted: PlantedOutcome | null): readonly string[] {
  if (planted !== "survived") return [];
  return [
    `Not found: the planted bug ${mutant} had all that it needs to show, and every invariant held. This is a defect of rollproof: a checker is missing, or the scenario asks for too little. Compare the history with what the bug changes.`,
  ];
}

function needReason({ mutant }: Plan, planted: PlantedOutcome | null): readonly string[] {
  if (planted !== "need-not-met") return [];
  return [
    `Not exercised: the planted bug ${mutant} did not show, and the run did not meet its need. To change that, run the bug's own scenario and meet its minima, or run with --mutant none.`,
  ];
}

/** What went wrong with the run itself comes first: most other doubts follow from it. */
function honestyFirst(a: Finding, b: Finding): number {
  return Number(b.invariant === "HZ1") - Number(a.invariant === "HZ1");
}

/** Each reason for unknown that the findings give, in their own words; one that several give is told once. */
function findingReasons({ scenario }: Plan, findings: readonly Finding[]): readonly string[] {
  const required = requirementsOf(scenario);
  const absent = [...required].filter(([id]) => !findings.some(({ invariant }) => invariant === id));
  const doubting = findings.toSorted(honestyFirst).flatMap(({ invariant, name, outcome, why }) => {
    const purpose = outcome === "idle" ? required.get(invariant) : undefined;
    if ((outcome !== "unknown" && purpose === undefined) || why === notJudged) return [];
    const said = why ?? "no reason was given.";
    return [{ invariant, name, said: purpose === undefined ? said : `required for ${purpose}, but idle. ${said}` }];
  });
  return [
    ...[...Map.groupBy(doubting, ({ said }) => said)].map(([said, all]) => `${namesOf(all)}: ${said}`),
    ...absent.map(([id, purpose]) => `${id} is required for ${purpose}, but was not checked.`),
  ];
}

function namesOf(all: readonly Pick<Finding, "invariant" | "name">[]): string {
  const [first, ...others] = all;
  return first === undefined || others.length > 0
    ? all.map(({ invariant }) => invariant).join(", ")
    : `${first.invariant} ${first.name}`;
}

const exercisedWords: Readonly<Record<Exercised["kind"], { readonly what: string; readonly change: string }>> = {
  commitsByVersion: {
    what: "commits by each version",
    change:
      "see whether the members of this version run at all, or raise workload.inputs, workload.pace or upgrade.dwell",
  },
  mixedVersionCommits: {
    what: "commits at mixed versions",
    change: "raise upgrade.dwell or workload.inputs",
  },
  killsWithOpenTransaction: {
    what: "kills with a transaction open",
    change: "add a crash at the point after-send or before-commit",
  },
  warmRestores: {
    what: "warm restores with a non-empty changelog tail",
    change: "crash a member between two checkpoints and restart it on the same disk",
  },
  fencings: {
    what: "fencings of a living incarnation",
    change: "pause or hold an owner for longer than the session time-out, under load",
  },
  crossedAborts: {
    what: "transactions aborted in another order than begun, on one partition",
    change: "kill members that have several transactions open at once, more often or with more partitions",
  },
  outlivedAborts: {
    what: "aborted transactions whose member lived on and committed",
    change: "break a member's connection to its transaction coordinator before the commit",
  },
  stopsUnderLoad: {
    what: "members drained while records were waiting",
    change: "raise workload.inputs or lower workload.pace",
  },
  "faults-active": {
    what: "planned faults proven active",
    change: "hold the faults longer, or change their triggers",
  },
};

function minimumReason({ kind, of, seen, minimum }: Exercised): readonly string[] {
  if (seen >= minimum) return [];
  const { what, change } = exercisedWords[kind];
  const lower =
    kind === "faults-active"
      ? ""
      : ` If the question needs fewer, say why: exercised.${scenarioKeys[kind]}: { at-least: N, because: … }.`;
  return [`Not exercised: ${seen} of at least ${minimum} ${what}${partOf(of)}. To change that, ${change}.${lower}`];
}

function partOf(of: string | null): string {
  return of === null ? "" : ` (${of})`;
}

/** Minima that the scenario lowered, with its reason, and situations that neither arose nor had to. */
function notExercised(counts: readonly Exercised[]): readonly string[] {
  const lowered = counts.filter(
    ({ of, because, kind }) => because !== null && (of === null || kind === "commitsByVersion"),
  );
  const absent = counts.filter(
    ({ seen, minimum, of, because }) => seen + minimum === 0 && of === null && because === null,
  );
  return [
    ...lowered.map(
      ({ kind, of, seen, minimum, because }) =>
        `Lowered by the scenario: at least ${minimum} ${exercisedWords[kind].what}${partOf(of)}; the run had ${seen}. Its reason: ${because}`,
    ),
    ...(absent.length === 0
      ? []
      : [`Neither asked for nor met: ${absent.map(({ kind }) => exercisedWords[kind].what).join(", ")}.`]),
  ];
}

interface Headline {
  readonly plan: Plan;
  readonly outcome: VerdictOutcome;
  readonly findings: readonly Finding[];
  readonly first: LocatedAnomaly | undefined;
  readonly doubts: readonly string[];
}

function headlineOf({ plan, outcome, findings, first, doubts }: Headline): string {
  const { pipeline, from, to, guarantee, upgrade } = plan.scenario;
  const invalid = findings.filter((finding) => finding.outcome === "invalid");
  switch (outcome) {
    case "invalid": {
      const more = invalid.length - 1;
      const others =
        more === 0 ? "" : ` ${more === 1 ? "1 more invariant does" : `${more} more invariants do`} not hold.`;
      const name = invalid.find(({ invariant }) => invariant === first?.invariant)?.name;
      const before = first?.preceded == null ? "" : ` Before that, ${first.preceded.sentence}.`;
      return `${first?.invariant} ${name} does not hold: ${first?.sentence}${before}${others}`;
    }
    case "unknown": {
      const more = doubts.length === 1 ? "" : ` (and ${doubts.length - 1} more reasons)`;
      return `This run proves nothing: ${doubts[0]}${more}`;
    }
    case "valid": {
      const held = findings.filter((finding) => finding.outcome === "valid").length;
      const faults = plan.faults.length === 1 ? "1 fault" : `${plan.faults.length} faults`;
      const way = upgrade.rollBackAfter === undefined ? `${from} to ${to}` : `${from} to ${to} and back`;
      return `${pipeline} stayed ${guarantee} from ${way} under ${faults}: ${held} invariants held.`;
    }
    default:
      return outcome satisfies never;
  }
}

/** What the run did not show. */
function residualOf(
  findings: readonly Finding[],
  { points, unwatched, counts }: ExercisedSeen,
  description: PipelineDescription,
): readonly string[] {
  const idle = findings.filter(({ outcome }) => outcome === "idle");
  const inapplicable = Map.groupBy(
    findings.filter(({ outcome }) => outcome === "not-applicable"),
    ({ why }) => why ?? "the pipeline has no such subject.",
  );
  const missed = points.notSeen.length === 0 ? "." : `; not seen: ${points.notSeen.join(", ")}.`;
  return [
    ...(description.points.length === 0
      ? []
      : [`${points.exercised.length} of ${points.all} points (point × stage) exercised${missed}`]),
    ...unwatched,
    ...findings.flatMap(({ invariant, name, outcome, why }) =>
      outcome === "valid" && why !== null ? [`${invariant} ${name} holds, but: ${why}`] : [],
    ),
    ...idle.map(({ invariant, name, why }) => `${invariant} ${name} was idle: ${why ?? "nothing to compare."}`),
    ...[...inapplicable].map(([why, all]) => `${namesOf(all)} not judged: ${why}`),
    ...notExercised(counts),
    ...unjudgedHops(description),
  ];
}
