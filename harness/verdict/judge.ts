import type { Anomaly, Finding } from "../model/finding.ts";
import type { PipelineDescription } from "../model/pipeline.ts";
import type { Plan } from "../model/plan.ts";
import {
  verdictSchemaVersion,
  type Exercised,
  type LocatedAnomaly,
  type RunInfo,
  type Verdict,
  type VerdictOutcome,
} from "../model/verdict.ts";
import type { ExercisedSeen } from "./exercised.ts";
import { expectationOf } from "./expectation.ts";
import { firstCauseFirst } from "./order.ts";
import { requiredInvariants } from "./required.ts";
import { notJudged, withheld } from "./withheld.ts";

export interface Judged {
  readonly plan: Plan;
  readonly description: PipelineDescription;
  readonly findings: readonly Finding[];
  readonly exercised: ExercisedSeen;
  readonly run: RunInfo;
  /** As in the verdict. */
  readonly judgedBy: Verdict["judgedBy"];
  /** Why the evidence is not one run's (checkers/identity); empty: it is. */
  readonly mixed: readonly string[];
  /** Where plan.json lies, as `run --plan` takes it at the repository's root. */
  readonly planPath: string;
}

/** Findings → verdict: the worst of them; unknown too where what is required was idle, missing or not exercised. */
export function judge(judged: Judged): Verdict {
  const { plan, description, exercised, run, judgedBy, mixed, planPath } = judged;
  const { scenario } = plan;
  const findings = mixed.length === 0 ? judged.findings : withheld(judged.findings, mixed);
  const anomalies = findings.flatMap((finding) => finding.anomalies);
  const doubts = [
    ...findingReasons(plan, findings),
    ...exercised.counts.flatMap(minimumReason),
    ...survivorReason(plan, findings),
  ];
  const outcome: VerdictOutcome = findings.some((finding) => finding.outcome === "invalid")
    ? "invalid"
    : doubts.length > 0
      ? "unknown"
      : "valid";
  const located = firstCauseFirst(anomalies).map((anomaly): LocatedAnomaly => ({
    ...anomaly,
    ...exercised.placeAt(anomaly.seq),
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
    expectation: expectationOf(plan, outcome, anomalies),
    replay: ["run", "--plan", planPath],
  };
}

/** A planted bug that nothing shows: its need was not met, or a checker misses it. Either way the run is no proof. */
function survivorReason({ mutant }: Plan, findings: readonly Finding[]): readonly string[] {
  if (mutant === null || findings.some(({ outcome }) => outcome === "invalid")) return [];
  return [
    `Not exercised: the planted bug ${mutant} did not show. To change that, meet its need, which the comments of its scenario name, or run with --mutant none.`,
  ];
}

/** What went wrong with the run itself comes first: most other doubts follow from it. */
function honestyFirst(a: Finding, b: Finding): number {
  return Number(b.invariant === "HZ1") - Number(a.invariant === "HZ1");
}

/** Each reason for unknown that the findings give, in their own words; one that several give is told once. */
function findingReasons({ scenario }: Plan, findings: readonly Finding[]): readonly string[] {
  const required = requiredInvariants[scenario.guarantee];
  const absent = required.filter((id) => !findings.some(({ invariant }) => invariant === id));
  const doubting = findings.toSorted(honestyFirst).flatMap(({ invariant, name, outcome, why }) => {
    const isIdle = outcome === "idle" && required.includes(invariant);
    if ((outcome !== "unknown" && !isIdle) || why === notJudged) return [];
    const said = why ?? "no reason was given.";
    return [{ invariant, name, said: isIdle ? `required for ${scenario.guarantee}, but idle. ${said}` : said }];
  });
  return [
    ...[...Map.groupBy(doubting, ({ said }) => said)].map(([said, all]) => `${namesOf(all)}: ${said}`),
    ...absent.map((id) => `${id} is required for ${scenario.guarantee}, but was not checked.`),
  ];
}

function namesOf(all: readonly Pick<Finding, "invariant" | "name">[]): string {
  const [first, ...others] = all;
  return first === undefined || others.length > 0
    ? all.map(({ invariant }) => invariant).join(", ")
    : `${first.invariant} ${first.name}`;
}

const exercisedWords: Readonly<Record<Exercised["kind"], { readonly what: string; readonly change: string }>> = {
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
  "faults-active": {
    what: "planned faults proven active",
    change: "hold the faults longer, or change their triggers",
  },
};

function minimumReason({ kind, seen, minimum }: Exercised): readonly string[] {
  if (seen >= minimum) return [];
  const { what, change } = exercisedWords[kind];
  return [`Not exercised: ${seen} of at least ${minimum} ${what}. To change that, ${change}.`];
}

interface Headline {
  readonly plan: Plan;
  readonly outcome: VerdictOutcome;
  readonly findings: readonly Finding[];
  readonly first: Anomaly | undefined;
  readonly doubts: readonly string[];
}

function headlineOf({ plan, outcome, findings, first, doubts }: Headline): string {
  const { pipeline, from, to, guarantee } = plan.scenario;
  const invalid = findings.filter((finding) => finding.outcome === "invalid");
  switch (outcome) {
    case "invalid": {
      const more = invalid.length - 1;
      const others =
        more === 0 ? "" : ` ${more === 1 ? "1 more invariant does" : `${more} more invariants do`} not hold.`;
      const name = invalid.find(({ invariant }) => invariant === first?.invariant)?.name;
      return `${first?.invariant} ${name} does not hold: ${first?.sentence}${others}`;
    }
    case "unknown": {
      const more = doubts.length === 1 ? "" : ` (and ${doubts.length - 1} more reasons)`;
      return `This run proves nothing: ${doubts[0]}${more}`;
    }
    case "valid": {
      const held = findings.filter((finding) => finding.outcome === "valid").length;
      const faults = plan.faults.length === 1 ? "1 fault" : `${plan.faults.length} faults`;
      return `${pipeline} stayed ${guarantee} from ${from} to ${to} under ${faults}: ${held} invariants held.`;
    }
    default:
      return outcome satisfies never;
  }
}

/** What the run did not show. */
function residualOf(
  findings: readonly Finding[],
  { points, unwatched }: ExercisedSeen,
  description: PipelineDescription,
): readonly string[] {
  const idle = findings.filter(({ outcome }) => outcome === "idle");
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
  ];
}
