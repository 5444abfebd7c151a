import type { Finding, Outcome } from "../harness/model/finding.ts";
import {
  summarySchemaVersion,
  type FaultSpan,
  type RunSummary,
  type Series,
  type StepSpan,
} from "../harness/model/summary.ts";
import { verdictSchemaVersion, type Exercised, type LocatedAnomaly, type Verdict } from "../harness/model/verdict.ts";

/**
 * Made-up runs for looking at reports and testing them: one of each verdict. Nothing in them was measured.
 * Their JSON lies in reports/samples/.
 */
export interface Sample {
  readonly verdict: Verdict;
  readonly summary: RunSummary;
}

const names: Readonly<Record<string, string>> = {
  EO1: "no duplicate effect",
  EO2: "no lost effect",
  EO3: "no phantom",
  EO4: "value exact",
  OR1: "per-key order",
  TX1: "committed means all",
  TX2: "aborted means none",
  TX3: "one outcome per transaction",
  OF1: "offset monotone",
  OF2: "offset not ahead",
  OF3: "start position",
  CK1: "checkpoint not ahead of commit",
  CK2: "checkpoint = its label",
  CK3: "commit exact",
  CK4: "no trusted dirty state",
  ST1: "state = fold",
  FE1: "fencing",
  LV1: "progress",
  LV2: "no hanging transaction",
  HZ1: "harness honesty",
};

function findings(anomalies: readonly LocatedAnomaly[], other: Readonly<Record<string, [Outcome, string]>>): Finding[] {
  return Object.entries(names).map(([invariant, name], i) => {
    const own = anomalies.filter((anomaly) => anomaly.invariant === invariant);
    const [outcome, why] = other[invariant] ?? [own.length > 0 ? "invalid" : "valid", null];
    const examined = outcome === "idle" ? 0 : 1_000 + 37 * i;
    return { invariant, name, outcome, examined, unit: "records compared", why, anomalies: own };
  });
}

function step(member: string, fromMs: number): StepSpan {
  const lengths = { drain: 700, stop: 300, start: 900, restore: 600, rejoin: 1_200, "catch-up": 2_000, gate: 300 };
  let at = fromMs;
  const phases = Object.entries(lengths).map(([label, length]) => {
    const from = at;
    at += length;
    return { label, fromMs: from, toMs: at };
  });
  return { label: `${member} v1 → v2`, members: [member], fromMs, toMs: at, phases };
}

function fault(id: string, faultKind: string, targets: readonly string[], fromMs: number, toMs: number): FaultSpan {
  return {
    id,
    faultKind,
    targets,
    label: `${faultKind} ${targets.join(", ")}`,
    fromMs,
    toMs,
    proven: true,
    unfired: null,
  };
}

const faults: readonly FaultSpan[] = [
  fault("fault-1", "delay", ["member-1→broker-1", "member-1→broker-2", "member-1→broker-3"], 5_000, 17_000),
  fault("fault-2", "crash", ["member-3"], 12_400, 14_600),
  fault("fault-3", "pause", ["member-2"], 21_000, 26_500),
  fault("fault-4", "hold", ["member-1→broker-2"], 33_000, 36_200),
];

function wave(name: string, unit: string, height: (second: number) => number): Series {
  return { name, unit, points: Array.from({ length: 51 }, (_, i) => [i * 1_000 - 500, Math.round(height(i))]) };
}
const bump = (second: number, at: number, width: number): number => Math.exp(-(((second - at) / width) ** 2));

const summary: RunSummary = {
  schemaVersion: summarySchemaVersion,
  runId: "sample-valid",
  endMs: 52_300,
  phases: [
    { label: "boot", fromMs: -8_100, toMs: -1_400 },
    { label: "warm-up", fromMs: -1_400, toMs: 0 },
    { label: "load", fromMs: 0, toMs: 10_000 },
    { label: "roll", fromMs: 10_000, toMs: 40_500 },
    { label: "finalise", fromMs: 40_500, toMs: 42_000 },
    { label: "heal", fromMs: 42_000, toMs: 42_600 },
    { label: "drain", fromMs: 42_600, toMs: 50_000 },
    { label: "final-read", fromMs: 50_000, toMs: 52_300 },
  ],
  members: [
    {
      id: "member-1",
      incarnations: [
        { incarnation: 1, version: "v1", fromMs: -3_000, toMs: 11_000, ended: "asked (exit 0)" },
        { incarnation: 2, version: "v2", fromMs: 11_050, toMs: null, ended: null },
      ],
    },
    {
      id: "member-2",
      incarnations: [
        { incarnation: 1, version: "v1", fromMs: -3_000, toMs: 21_000, ended: "asked (exit 0)" },
        { incarnation: 2, version: "v2", fromMs: 21_050, toMs: null, ended: null },
      ],
    },
    {
      id: "member-3",
      incarnations: [
        { incarnation: 1, version: "v1", fromMs: -2_900, toMs: 12_400, ended: "fault (SIGKILL)" },
        { incarnation: 2, version: "v1", fromMs: 14_600, toMs: 31_000, ended: "asked (exit 0)" },
        { incarnation: 3, version: "v2", fromMs: 31_050, toMs: null, ended: null },
      ],
    },
  ],
  brokers: ["broker-1", "broker-2", "broker-3"].map((id) => ({
    id,
    incarnations: [{ incarnation: 1, version: null, fromMs: -8_000, toMs: null, ended: null }],
  })),
  faults,
  steps: [step("member-1", 10_000), step("member-2", 20_000), step("member-3", 30_000)],
  series: [
    wave(
      "lag of velocity",
      "records",
      (s) => 40 + 900 * bump(s, 14, 2) + 1_400 * bump(s, 25, 3) + 300 * bump(s, 35, 2),
    ),
    wave("lag of settlement", "records", (s) => 30 + 500 * bump(s, 15, 2) + 800 * bump(s, 26, 3)),
    wave("commits", "per second", (s) => 40 - 25 * bump(s, 13, 2) - 30 * bump(s, 24, 3)),
    wave("records in", "per second", (s) => (s < 43 ? 500 : 0)),
    wave("records out", "per second", (s) => 600 - 400 * bump(s, 13, 2) - 500 * bump(s, 24, 3)),
  ],
  counts: {
    inputsPlanned: 20_000,
    inputsAcknowledged: 20_000,
    transactionsCommitted: 1_873,
    transactionsAborted: 14,
    outputsCommitted: 38_411,
    events: 9_120,
    frames: 14_377,
  },
  records: [],
  events: [
    {
      ref: "e:4211",
      atMs: 12_400,
      text: "process-ended: process member-3, incarnation 1, signal SIGKILL, cause fault",
    },
  ],
};

const none = { of: null, because: null, evidence: [] } as const;
const exercised: readonly Exercised[] = [
  { ...none, kind: "commitsByVersion", of: "settlement, v1", seen: 431, minimum: 1 },
  { ...none, kind: "commitsByVersion", of: "settlement, v2", seen: 944, minimum: 1 },
  { ...none, kind: "mixedVersionCommits", seen: 812, minimum: 100, evidence: ["e:3001"] },
  { ...none, kind: "killsWithOpenTransaction", seen: 1, minimum: 1, evidence: ["e:4211"] },
  {
    ...none,
    kind: "killsWithOpenTransaction",
    of: "fault-3, crash of member-3",
    seen: 1,
    minimum: 1,
    evidence: ["e:4211"],
  },
  { ...none, kind: "warmRestores", seen: 0, minimum: 0, because: "the member's disk is lost with it." },
  { ...none, kind: "fencings", seen: 2, minimum: 1 },
  { ...none, kind: "faults-active", seen: 4, minimum: 4 },
];

const hash = (digit: string): string => digit.repeat(64);

const verdict: Verdict = {
  schemaVersion: verdictSchemaVersion,
  outcome: "valid",
  headline: "Every record was counted exactly once while v1 was rolled to v2 under 4 faults.",
  reasons: [],
  scenario: "sample-valid",
  question: "A made-up run: is every record counted exactly once while links are slow and members die?",
  seed: "42",
  mutant: null,
  guarantee: "exactly-once",
  runId: "sample-valid",
  environment: "process",
  versions: {
    tool: "0.0.0-sample",
    kafka: "0.0.0-sample",
    features: { "metadata.version": 27, "group.version": 1, "transaction.version": 2 },
    node: "0.0.0-sample",
    planSha256: hash("a"),
    specificationSha256: hash("b"),
    pipeline: { v1: hash("1"), v2: hash("2") },
  },
  judgedBy: null,
  exercised,
  residual: [
    "10 of 12 points (point × stage) exercised; not seen: mid-restore × settlement, mid-checkpoint × velocity.",
  ],
  findings: findings([], {}),
  anomalies: [],
  expectation: { verdict: "valid", anomalies: [], met: true, planted: null },
  replay: ["run", "scenarios/sample-valid.yaml", "--seed", "42"],
};

export const sampleValid: Sample = { verdict, summary };

/** What an attacker, or a bug, may put into records: markup, terminal and XML control, text turned around. */
export const hostile = [
  `</script><script>alert(1)</script>`,
  `<img src=x onerror="alert(1)">]]>&amp;<!--`,
  "\u001b[2J\u0007\u0000\u0008 cleared",
  "\u202eredrO\u2066 \ud800 \ufffe \u2028 line",
  "::error::not ours%0A\r\n::warning::nor this",
  `{{constructor}} \${7*7} '"\` javascript:alert(1)`,
] as const;

const duplicate: LocatedAnomaly = {
  invariant: "EO1",
  sentence: `The effect of by-merchant-4@1204 was committed twice, for merchant ${hostile[0]}.`,
  expected: "one committed output with cause by-merchant-4@1204, ordinal 0",
  actual: `two: settlements-2@977 by member-2/1/v1/1 and settlements-2@1013 by member-3/2/v1/1 ${hostile[3]}`,
  evidence: ["r:settlements-2@977", "r:settlements-2@1013", "e:5120", "r:by-merchant-4@1204"],
  restsOn: [{ ledger: "log", partition: "settlements-2", from: 977, to: 1_013, claims: "presence" }],
  firstBadCommit: "r:settlements-2@1013",
  task: "settlement-4",
  seq: 6_010,
  more: 41,
  faultsActive: ["fault-3 pause member-2"],
  phase: "member-2: catch-up",
  preceded: {
    sentence: "fault-3 (pause) held member-2/1; member-3/2 then opened settlement-4 (warm, from checkpoint 7)",
    evidence: ["e:5120"],
  },
};

const backwards: LocatedAnomaly = {
  invariant: "OF1",
  sentence: "The committed offset of reference-settlement/by-merchant-4 went back.",
  expected: "at least 1260, the committed offset then in force",
  actual: "1204, by a plain commit of producer -1",
  evidence: ["r:__consumer_offsets-1@330", "r:__consumer_offsets-1@351"],
  restsOn: [
    { ledger: "log", partition: "__consumer_offsets-1", from: 330, to: 351, claims: "presence" },
    { ledger: "log", partition: "by-merchant-4", from: 1_204, to: 1_259, claims: "absence" },
  ],
  firstBadCommit: "r:__consumer_offsets-1@351",
  task: "settlement-4",
  seq: 6_044,
  more: 0,
  faultsActive: ["fault-3 pause member-2"],
  phase: null,
  preceded: null,
};

export const sampleInvalid: Sample = {
  summary: {
    ...summary,
    runId: "sample-invalid",
    records: [
      {
        ref: "r:settlements-2@977",
        atMs: 20_400,
        key: hostile[0],
        value: `{"kind":"open","merchant":"m-7","window":1700000000000,"n":3,"t":4200}`,
        headers: { "rp-source": "by-merchant-4@1204#0", "rp-writer": "member-2/1/v1/1" },
        writer: "member-2/1/v1/1",
        transaction: "reference-settlement-4 #711 (committed; producer 4001, epoch 2)",
      },
      {
        ref: "r:settlements-2@1013",
        atMs: 26_900,
        key: hostile[1],
        value: hostile[2],
        headers: { "rp-source": hostile[3], "rp-writer": hostile[4] },
        writer: hostile[4],
        transaction: "reference-settlement-4 #760 (committed; producer 4007, epoch 0)",
      },
      {
        ref: "r:by-merchant-4@1204",
        atMs: 20_100,
        key: "m-7",
        value: hostile[5],
        headers: {},
        writer: null,
        transaction: null,
      },
      {
        ref: "r:__consumer_offsets-1@351",
        atMs: 27_200,
        key: "0x0001",
        value: "commit of reference-settlement for by-merchant-4: next 1204, outside any transaction",
        headers: {},
        writer: null,
        transaction: null,
      },
    ],
    events: [{ ref: "e:5120", atMs: 21_000, text: `fault-applied: fault fault-3, targets ["member-2"] ${hostile[2]}` }],
  },
  verdict: {
    ...verdict,
    outcome: "invalid",
    headline: "EO1: the effects of 42 records were committed twice after member-2 came back from a pause.",
    scenario: "sample-invalid",
    question: "A made-up run: does a member that wakes up after its work was given away still write?",
    runId: "sample-invalid",
    mutant: "zombie-committer",
    findings: findings([duplicate, backwards], {
      OR1: ["unknown", "The tail has a gap at settlements-2 1100..1140. Run again on a host with less load."],
    }),
    anomalies: [duplicate, backwards],
    expectation: { verdict: "invalid", anomalies: ["OF1", "FE1"], met: true, planted: "killed" },
    replay: ["run", "scenarios/mutants/it's a sample.yaml", "--seed", "42"],
  },
};

export const sampleUnknown: Sample = {
  summary: {
    ...summary,
    runId: "sample-unknown",
    endMs: 27_000,
    phases: summary.phases.slice(0, 3).concat([{ label: "roll", fromMs: 10_000, toMs: null }]),
    members: summary.members.map(({ id, incarnations }) => ({
      id,
      incarnations: incarnations
        .filter(({ fromMs }) => fromMs < 27_000)
        .map((life) => ((life.toMs ?? 0) > 27_000 ? { ...life, toMs: null, ended: null } : life)),
    })),
    faults: [
      ...faults.slice(0, 2),
      { ...fault("fault-3", "pause", ["member-2"], 21_000, 21_000), toMs: null, proven: false },
      {
        ...fault("fault-4", "hold", ["member-1→broker-2"], 27_000, 27_000),
        proven: false,
        unfired: "The run ended before its trigger.",
      },
    ],
    steps: [
      step("member-1", 10_000),
      { ...step("member-2", 20_000), toMs: null, phases: step("member-2", 20_000).phases.slice(0, 3) },
    ],
    series: summary.series.map((series) => ({ ...series, points: series.points.filter(([at]) => at < 27_000) })),
    events: [{ ref: "e:5200", atMs: 26_900, text: "interrupted: why SIGINT" }],
  },
  verdict: {
    ...verdict,
    outcome: "unknown",
    headline: "The run was interrupted before the roll was done.",
    reasons: [
      "interrupted: SIGINT came at 26.9 s. Let the run end by itself.",
      "fault-3 (pause member-2) was not proven active. Read its probe with `rollproof events <run dir>`.",
      "fencings: 0 seen, at least 1 demanded. Pause a member for longer than its session time-out.",
    ],
    scenario: "sample-unknown",
    question: "A made-up run that ends too early: what does it prove?",
    runId: "sample-unknown",
    exercised: exercised.map((one) =>
      one.kind === "fencings" ? { ...one, seen: 0 } : one.kind === "faults-active" ? { ...one, seen: 2 } : one,
    ),
    findings: findings([], {
      FE1: ["idle", "No newer owner wrote. Pause a member for longer than its session time-out."],
      HZ1: ["unknown", "fault-3 was planned but not proven active."],
      LV2: ["not-applicable", "The pipeline has no transactions."],
    }),
    expectation: { verdict: "valid", anomalies: [], met: false, planted: null },
    replay: ["run", "scenarios/sample-unknown.yaml", "--seed", "42"],
  },
};
