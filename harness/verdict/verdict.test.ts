import { expect, test } from "vitest";
import type { Anomaly, Finding, Outcome } from "../model/finding.ts";
import type { Plan } from "../model/plan.ts";
import type { Exercised, Preceded, RunInfo, Verdict } from "../model/verdict.ts";
import { toyDescription, toyPlan } from "../checkers/toy-pipeline.fixture.ts";
import { exitCodeOf, worstExit } from "./exit-code.ts";
import { judge } from "./judge.ts";
import { unjudgedHops } from "./hops.ts";
import { requiredInvariants } from "./required.ts";
import { parseVerdict, verdictJsonSchema } from "./schema.ts";

const run: RunInfo = {
  runId: "run-1",
  startedAt: "2026-01-01T00:00:00Z",
  environment: "process",
  hostFactor: 1,
  versions: {
    tool: "0.1.0",
    features: { "transaction.version": 2 },
    kafka: "4.1.1",
    node: "24",
    planSha256: "aa",
    specificationSha256: null,
    pipeline: { v1: "bb", v2: "cc" },
  },
  specificationPath: null,
};

const anomaly: Anomaly = {
  invariant: "EO1",
  sentence: "Output 0 of in-0@0 is committed twice.",
  expected: "one committed output",
  actual: "two committed outputs",
  evidence: ["r:out-0@0", "r:out-0@4"],
  restsOn: [{ ledger: "log", partition: "out-0", from: 0, to: 0, claims: "presence" }],
  firstBadCommit: null,
  task: "count-0",
  seq: 12,
  more: 3,
};

function finding(invariant: string, outcome: Outcome = "valid"): Finding {
  const why = outcome === "valid" || outcome === "invalid" ? null : `${outcome} for a reason.`;
  const anomalies = outcome === "invalid" ? [{ ...anomaly, invariant }] : [];
  return { invariant, name: `name of ${invariant}`, outcome, examined: 1, unit: "things", why, anomalies };
}

/** Every required finding valid, but for those named. */
function findings(outcomes: Readonly<Record<string, Outcome>> = {}): readonly Finding[] {
  const ids = new Set([...requiredInvariants["exactly-once"], ...Object.keys(outcomes)]);
  return [...ids].map((id) => finding(id, outcomes[id]));
}

function judged(
  of: {
    readonly findings?: readonly Finding[];
    readonly plan?: Plan;
    readonly counts?: readonly Exercised[];
    readonly unwatched?: readonly string[];
    readonly mixed?: Parameters<typeof judge>[0]["mixed"];
    readonly preceded?: Preceded;
  } = {},
): Verdict {
  return judge({
    judgedBy: null,
    mixed: of.mixed ?? { reasons: [], isHistoryWhole: true },
    plan: of.plan ?? toyPlan(),
    description: toyDescription,
    findings: of.findings ?? findings(),
    exercised: {
      counts: of.counts ?? [],
      points: { all: 2, exercised: ["after-send × count"], notSeen: ["before-commit × count"] },
      unwatched: of.unwatched ?? [],
      placeAt: () => ({ faultsActive: ["fault-1"], phase: "restore of member-2" }),
      precededBy: () => of.preceded ?? null,
    },
    run,
    planPath: "runs/run-1/plan.json",
  });
}

test("a run with every required finding valid is valid, and says what it did not show", () => {
  const { outcome, headline, reasons, residual, replay } = judged();
  expect({ outcome, headline, reasons, residual, replay }).toEqual({
    outcome: "valid",
    headline: "toy stayed exactly-once from v1 to v2 under 0 faults: 11 invariants held.",
    reasons: [],
    residual: ["1 of 2 points (point × stage) exercised; not seen: before-commit × count."],
    replay: ["run", "--plan", "runs/run-1/plan.json"],
  });
});

test("one invalid finding makes the verdict invalid, whatever else is unknown", () => {
  const verdict = judged({ findings: findings({ EO1: "invalid", HZ1: "unknown" }) });
  expect(verdict.outcome).toBe("invalid");
  expect(verdict.headline).toBe("EO1 name of EO1 does not hold: Output 0 of in-0@0 is committed twice.");
  expect(verdict.anomalies).toEqual([
    { ...anomaly, faultsActive: ["fault-1"], phase: "restore of member-2", preceded: null },
  ]);
});

test("the headline says what came before the anomaly", () => {
  const preceded = { sentence: "fault-1 (crash) ended member-1/1; member-2/1 then opened count-0", evidence: ["e:3"] };
  expect(judged({ findings: findings({ EO1: "invalid" }), preceded }).headline).toBe(
    "EO1 name of EO1 does not hold: Output 0 of in-0@0 is committed twice. Before that, fault-1 (crash) ended member-1/1; member-2/1 then opened count-0.",
  );
});

test("the headline is the anomaly nearest to the cause, wherever its invariant stands in the list", () => {
  const verdict = judged({ findings: findings({ EO1: "invalid", FE1: "invalid", OF1: "invalid" }) });
  expect(verdict.headline).toBe(
    "FE1 name of FE1 does not hold: Output 0 of in-0@0 is committed twice. 2 more invariants do not hold.",
  );
  expect(verdict.anomalies.map(({ invariant }) => invariant)).toEqual(["FE1", "OF1", "EO1"]);
});

test("where files are of several runs that comes first, unless the history was cut: then the cut is the cause", () => {
  const found = findings({ HZ1: "unknown" }).map((one) => ({ ...one, why: one.why && "The history is not whole." }));
  const first = (isHistoryWhole: boolean): string | undefined =>
    judged({ findings: found, mixed: { reasons: ["It has no start."], isHistoryWhole } }).reasons[0];
  expect(first(true)).toMatch(/^HZ1 name of HZ1: It has no start\. .* The history is not whole\.$/u);
  expect(first(false)).toMatch(/^HZ1 name of HZ1: The history is not whole\. It has no start\./u);
});

test("unknown findings give the reasons, that of the run itself first", () => {
  const { outcome, reasons } = judged({ findings: findings({ CK1: "unknown", HZ1: "unknown" }) });
  expect([outcome, reasons]).toEqual(["unknown", ["HZ1, CK1: unknown for a reason."]]);
  const own = findings({ CK1: "unknown", HZ1: "unknown" }).map((finding) => ({ ...finding, why: finding.invariant }));
  expect(judged({ findings: own }).reasons).toEqual(["HZ1 name of HZ1: HZ1", "CK1 name of CK1: CK1"]);
});

test("idle is unknown for what is required, and only told for what is not", () => {
  expect(judged({ findings: findings({ EO2: "idle" }) }).reasons).toEqual([
    "EO2 name of EO2: required for exactly-once, but idle. idle for a reason.",
  ]);
  const { outcome, residual } = judged({ findings: findings({ CK1: "idle" }) });
  expect([outcome, residual.at(-1)]).toEqual(["valid", "CK1 name of CK1 was idle: idle for a reason."]);
});

test("what was not judged is named: what the pipeline has no subject for, what was lowered, and situations that did not arise", () => {
  const count = { of: null, seen: 0, minimum: 0, because: null, evidence: [] } as const;
  const { outcome, residual } = judged({
    findings: findings({ CK1: "not-applicable", CK2: "not-applicable" }),
    counts: [
      { ...count, kind: "commitsByVersion", of: "count, v2", because: "v2 only stands by." },
      { ...count, kind: "killsWithOpenTransaction" },
      { ...count, kind: "fencings", of: "fault-1, pause of member-1", because: "The pause is short." },
      { ...count, kind: "fencings", seen: 2, minimum: 1, because: "One is enough." },
      { ...count, kind: "warmRestores", of: "fault-2, crash of member-1" },
    ],
  });
  expect([outcome, residual.slice(1)]).toEqual([
    "valid",
    [
      "CK1, CK2 not judged: not-applicable for a reason.",
      "Lowered by the scenario: at least 0 commits by each version (count, v2); the run had 0. Its reason: v2 only stands by.",
      "Lowered by the scenario: at least 1 fencings of a living incarnation; the run had 2. Its reason: One is enough.",
      "Neither asked for nor met: kills with a transaction open.",
    ],
  ]);
});

test("a hop that nobody describes is named, and so is a pipeline without a specification", () => {
  expect(unjudgedHops(toyDescription)).toEqual([]);
  const stages = toyDescription.stages.map((stage) => ({ ...stage, sources: ["repartition"] }));
  const later = { ...toyDescription, specificationPath: null, stages };
  expect(unjudgedHops(later)).toEqual([
    "What leads to repartition was not judged: no described stage writes it. A record lost before it is not noticed.",
    "What the stages make of their records was not judged: the pipeline has no specification.",
  ]);
});

test("a required invariant that was not checked makes the verdict unknown: no findings are never valid", () => {
  expect(judged({ findings: [] }).outcome).toBe("unknown");
  expect(judged({ findings: findings().slice(1) }).reasons).toEqual([
    "EO1 is required for exactly-once, but was not checked.",
  ]);
});

test("a minimum that was not met makes the verdict unknown, and says what to change", () => {
  const { outcome, reasons } = judged({
    counts: [
      { kind: "fencings", of: null, seen: 0, minimum: 1, because: null, evidence: [] },
      { kind: "warmRestores", of: null, seen: 2, minimum: 1, because: null, evidence: ["e:7"] },
    ],
  });
  expect([outcome, reasons]).toEqual([
    "unknown",
    [
      "Not exercised: 0 of at least 1 fencings of a living incarnation. To change that, pause or hold an owner for longer than the session time-out, under load. If the question needs fewer, say why: exercised.fencings: { at-least: N, because: … }.",
    ],
  ]);
});

test("a mutant's scenario is met by an anomaly that it names, and by no other", () => {
  const met = (id: string): boolean => {
    const plan = toyPlan({ mutant: "m", expect: { verdict: "invalid", anomalies: ["EO1", "EO2"] } });
    return judged({ plan: { ...plan, mutant: "m" }, findings: findings({ [id]: "invalid" }) }).expectation.met;
  };
  expect([met("EO1"), met("EO2"), met("EO3")]).toEqual([true, true, false]);
});

test("a mutant's scenario with the correct pipeline expects valid", () => {
  const plan = toyPlan({ mutant: "m", expect: { verdict: "invalid", anomalies: ["EO1"] } });
  expect(judged({ plan }).expectation).toEqual({ verdict: "valid", anomalies: [], met: true, planted: null });
  expect(judged({ plan, findings: findings({ EO1: "invalid" }) }).expectation.met).toBe(false);
});

test("exit codes follow the verdict, or the expectation", () => {
  const codes = (["valid", "invalid", "unknown"] as const).map((outcome) =>
    exitCodeOf(judged({ findings: findings({ EO1: outcome }) }), { asExpected: false }),
  );
  expect(codes).toEqual([0, 1, 2]);
  const plan = toyPlan({ expect: { verdict: "unknown", anomalies: [] } });
  expect(exitCodeOf(judged({ plan, findings: [] }), { asExpected: true })).toBe(0);
  expect(exitCodeOf(judged({ plan }), { asExpected: true })).toBe(1);
});

test("the worst of several exit codes wins: 130, 70, 69, 65, 64, 1, 2, 0", () => {
  const order = [130, 70, 69, 65, 64, 1, 2, 0];
  expect(order.map((_, i) => worstExit(order.slice(i).toReversed()))).toEqual(order);
  expect([worstExit([]), worstExit([0, 5])]).toEqual([0, 70]);
});

test("a verdict survives its file, and an unknown key or another schema version is refused by name", () => {
  const verdict = judged({ findings: findings({ EO1: "invalid" }) });
  expect(parseVerdict(JSON.stringify(verdict), "verdict.json")).toEqual(verdict);
  const refused =
    (change: object): (() => Verdict) =>
    () =>
      parseVerdict(JSON.stringify({ ...verdict, ...change }), "v.json");
  expect(refused({ colour: "red" })).toThrow(/v\.json is no verdict.*colour/s);
  expect(refused({ schemaVersion: 99 })).toThrow(/schemaVersion/);
  expect(() => parseVerdict("{", "v.json")).toThrow(/v\.json is no verdict/);
});

test("what was not watched is among what the run did not show, and changes no outcome", () => {
  const { outcome, residual } = judged({ unwatched: ["Checkpoints of member-1/1 were judged only as left."] });
  expect([outcome, residual.at(-1)]).toEqual(["valid", "Checkpoints of member-1/1 were judged only as left."]);
});

test("the JSON Schema names every key of a verdict", () => {
  expect(verdictJsonSchema()).toMatchObject({ type: "object", required: Object.keys(judged()) });
});

/** A run of a planted bug; `own`: of the scenario that is there for it. */
function planted(
  of: { readonly own?: boolean; readonly outcomes?: Readonly<Record<string, Outcome>>; readonly seen?: number } = {},
): Verdict {
  const scenario = {
    mutant: of.own === false ? null : "m",
    expect: { verdict: "invalid", anomalies: ["EO1"] },
  } as const;
  return judged({
    plan: { ...toyPlan(scenario), mutant: "m" },
    findings: findings(of.outcomes),
    counts: [{ kind: "fencings", of: null, seen: of.seen ?? 1, minimum: 1, because: null, evidence: [] }],
  });
}

test("a planted bug that had what it needs and was not found is a defect of ours, and the run says so first", () => {
  const verdict = planted();
  expect([verdict.outcome, verdict.expectation.planted]).toEqual(["unknown", "survived"]);
  expect(verdict.headline).toMatch(/^This run proves nothing: Not found: the planted bug m had all that it needs/);
  expect([true, false].map((asExpected) => exitCodeOf(verdict, { asExpected }))).toEqual([70, 70]);
});

test("a planted bug without what it needs is unknown, never a defect: too little was met, the run is in doubt, or the scenario is another's", () => {
  for (const of of [{ seen: 0 }, { outcomes: { HZ1: "unknown" } }, { own: false }] as const) {
    const verdict = planted(of);
    expect([verdict.outcome, verdict.expectation.planted]).toEqual(["unknown", "need-not-met"]);
    expect(verdict.reasons.at(-1)).toMatch(/^Not exercised: the planted bug m did not show, and the run did not meet/);
    expect([true, false].map((asExpected) => exitCodeOf(verdict, { asExpected }))).toEqual([2, 2]);
  }
});

test("a planted bug that was found is killed by what its scenario names, else misnamed; need or not", () => {
  const outcomeOf = (of: Parameters<typeof planted>[0]) => planted(of).expectation.planted;
  expect(outcomeOf({ outcomes: { EO1: "invalid" }, seen: 0 })).toBe("killed");
  expect(outcomeOf({ outcomes: { EO3: "invalid" } })).toBe("misnamed");
  expect(outcomeOf({ outcomes: { EO3: "invalid" }, own: false })).toBe("killed");
  expect(exitCodeOf(planted({ outcomes: { EO3: "invalid" } }), { asExpected: true })).toBe(1);
});
