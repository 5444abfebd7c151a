import { describe, expect, test } from "vitest";
import { head, parse, problems } from "./parsed.fixture.ts";

test("only the question, the pipeline and its versions have no default", () => {
  expect(parse(head)).toEqual({
    name: "try",
    question: "Does it hold?",
    pipeline: "reference",
    from: "v1",
    to: "v2",
    profile: "fast",
    members: 3,
    brokers: [{ version: null }, { version: null }, { version: null }],
    workload: {
      inputs: 24_000,
      partitions: 6,
      keys: 500,
      duplicatesPercent: 4,
      outOfOrderPercent: 10,
      latePercent: 2,
      hotKeysPercent: 20,
      paceMs: 30_000,
    },
    upgrade: { strategy: "rolling", maxUnavailable: 1, startAfterMs: 3_000, dwellMs: 1_000, finalise: true },
    faults: [],
    mutant: null,
    gates: { lagMax: 300, checkpointLagMax: 3_000, timeoutMs: 60_000 },
    guarantee: "exactly-once",
    exercised: { mixedVersionCommits: 0, killsWithOpenTransaction: 0, warmRestores: 0, fencings: 0 },
    expect: { verdict: "valid", anomalies: [] },
  });
  expect(problems("workload: {}\n")).toEqual([
    "1:1: question is missing",
    "1:1: pipeline is missing",
    "1:1: from is missing",
    "1:1: to is missing",
  ]);
});

test("images that a scenario names are kept as they are written", () => {
  const images = { kafka: "registry.example/kafka:${version}", member: "node:24" };
  expect(parse(`${head}images: ${JSON.stringify(images)}\n`).images).toEqual(images);
});

test("every form of fault, trigger, duration and range", () => {
  const { faults } = parse(`${head}faults:
  - { kind: crash, target: member-2, at: 1.5s, for: [500ms, 2s] }
  - { kind: pause, target: owner of by-merchant-5, when: { progress: [50, 60] } }
  - { kind: crash, target: broker-3, when: { phase: restore, of: member-3, delay: 300ms } }
  - kind: pause
    target: member-1
    when: { point: after-send, stage: settlement, partition: 2, nth: [2, 4], arm-after: 3s, arm-after-step-of: member-2 }
  - { kind: delay, target: link member-1 broker-*, at: [1s, 2s], params: { latency: [100ms, 1s] } }
  - { kind: hold, target: link member-1 broker-2, at: 0s, params: { direction: to-broker } }
`);
  expect(faults).toEqual([
    {
      kind: "crash",
      target: "member-2",
      trigger: { kind: "time", atMs: 1_500 },
      forMs: { min: 500, max: 2_000 },
      params: {},
    },
    {
      kind: "pause",
      target: "owner of by-merchant-5",
      trigger: { kind: "progress", commits: { min: 50, max: 60 } },
      forMs: null,
      params: {},
    },
    {
      kind: "crash",
      target: "broker-3",
      trigger: { kind: "phase", member: "member-3", phase: "restore", delayMs: 300 },
      forMs: null,
      params: {},
    },
    {
      kind: "pause",
      target: "member-1",
      trigger: {
        kind: "point",
        point: "after-send",
        stage: "settlement",
        partition: 2,
        nth: { min: 2, max: 4 },
        armAfterMs: 3_000,
        armAfterStepOf: "member-2",
      },
      forMs: null,
      params: {},
    },
    {
      kind: "delay",
      target: "link member-1 broker-*",
      trigger: { kind: "time", atMs: { min: 1_000, max: 2_000 } },
      forMs: null,
      params: { latencyMs: { min: 100, max: 1_000 } },
    },
    {
      kind: "hold",
      target: "link member-1 broker-2",
      trigger: { kind: "time", atMs: 0 },
      forMs: null,
      params: { direction: "to-broker" },
    },
  ]);
});

test("a number asks for more to be exercised; only with a reason may a scenario ask for less", () => {
  const minima = (of: string) => parse(`${head}exercised: { ${of} }\n`).exercised;
  const unnamed = { mixedVersionCommits: 0, killsWithOpenTransaction: 0, warmRestores: 0, fencings: 0 };
  expect(minima("mixed-version-commits: 50, commits-by-version: 3")).toEqual({
    ...unnamed,
    mixedVersionCommits: 50,
    commitsByVersion: 3,
  });
  expect(minima("warm-restores: 2, fencings: { at-least: 0, because: It is frozen idle. }")).toEqual({
    ...unnamed,
    warmRestores: 2,
    lowered: { fencings: { atLeast: 0, because: "It is frozen idle." } },
  });
  const refused = (of: string) => problems(`${head}exercised: { ${of} }\n`);
  expect(refused("fencings: { at-least: 0 }")).toEqual(["5:24: exercised.fencings.because is missing"]);
  expect(refused('fencings: { at-least: 0, because: " " }')[0]).toMatch(
    /^5:48: exercised.fencings.because: too small/u,
  );
  expect(refused("fencings: { atleast: 0, because: x }").join()).toContain('Did you mean "at-least"?');
  expect(refused("fencings: none")[0]).toMatch(/^5:24: exercised.fencings: .*expected number/u);
});

test("warm restores are told by members alone: of a pipeline that says nothing they cannot be asked for", () => {
  const silent = (of: string) => problems(`${head.replace("reference", "silent")}exercised: { ${of} }\n`);
  expect(silent("fencings: 1, warm-restores: { at-least: 0, because: x }")).toEqual([]);
  expect(silent("warm-restores: 1")).toEqual([
    "5:29: silent prints no testimony, so warm restores cannot be counted: leave them out",
  ]);
});

test("a seed that the file leaves out is a range, so that the plan draws it; one that it gives stays", () => {
  const { faults: read } = parse(
    `${head}faults:
  - { kind: jitter, target: link member-1 broker-1, at: 1s, params: { every: 200ms } }
  - { kind: jitter, target: link member-1 broker-1, at: 1s, params: { every: 200ms, seed: 7 } }
`,
  );
  expect(read.map(({ params }) => params)).toEqual([
    { everyMs: 200, seed: { min: 0, max: 999_999 } },
    { everyMs: 200, seed: 7 },
  ]);
});

test("a coordinator is of a group or a transactional id of the pipeline, neither a topic nor a member", () => {
  const of = (target: string): string => `${head}faults: [{ kind: crash, target: ${target}, at: 1s }]\n`;
  expect(problems(of("group coordinator of reference-settlement"))).toEqual([]);
  expect(problems(of("transaction coordinator of reference-settlement-5"))).toEqual([]);
  const link = "link owner of by-merchant-5 transaction coordinator of reference-settlement-5";
  expect(problems(of(link).replace("crash", "hold"))).toEqual([]);
  expect(problems(of("group coordinator of reference-setlement"))).toEqual([
    '5:33: there is no group "reference-setlement". Did you mean "reference-settlement"? Known: reference-velocity, reference-settlement',
  ]);
  expect(problems(of("transaction coordinator of reference-settlement-6"))[0]).toMatch(
    /^5:33: there is no transactional id "reference-settlement-6"/u,
  );
});

test("an owner is of a partition that a stage reads, and of several readers' groups one is named", () => {
  const of = (target: string, pipeline = "branching"): readonly string[] =>
    problems(`${head.replace("reference", pipeline)}faults: [{ kind: crash, target: ${target}, at: 1s }]\n`);
  expect([of("owner of in-2 in ids"), of("owner of refunds-1")]).toEqual([[], []]);
  expect(of("owner of in-0")).toEqual([
    "5:33: the groups app, ids read in: say whose owner, as in `owner of in-0 in app`",
  ]);
  expect(of("owner of in-0 in idz")).toEqual([
    '5:33: there is no group that reads in "idz". Did you mean "ids"? Known: app, ids',
  ]);
  expect(of("owner of in-3 in ids")).toEqual(["5:33: in has 3 partitions: 0 to 2"]);
  expect(of("owner of settlements-0", "reference")).toEqual([
    "5:33: no stage reads settlements, so nobody owns a partition of it",
  ]);
});

test("all mistakes are listed at once, in the order of the file, those of form and those of names together", () => {
  expect(
    problems(`question: Q
pipeline: reference
from: v3
to: v2
membrs: 3
brokers: 0
workload: { inputs: 24k, late: 2, pace: 30 }
mutant: off-by-too
faults:
  - kind: crsh
    target: member-9
    at: 2s
  - kind: crash
    target: link member-1 broker-1
    when: { point: after-sent, stge: settlement }
expect: { verdict: invalid, anomalies: [EO9] }
`),
  ).toEqual([
    '3:7: there is no version of reference "v3". Did you mean "v1"? Known: v1, v2',
    expect.stringContaining('5:1: unknown key "membrs". Did you mean "members"? Keys here: question, pipeline,'),
    "6:10: brokers: too small: expected number to be >=1, got 0",
    '7:21: workload.inputs: expected number, received string, got "24k"',
    "7:32: workload.late: expected a percentage such as 4%, got 2",
    "7:41: workload.pace: expected a duration with its unit, at most one hour, such as 600ms, 2s or 1.5s, got 30",
    expect.stringContaining('8:9: there is no mutant "off-by-too". Did you mean "off-by-one"?'),
    '10:11: there is no kind of fault "crsh". Did you mean "crash"? Known: crash, pause, clock-skew, hold, delay, jitter',
    "11:13: there is no member-9; the scenario has 3: member-1 to member-3",
    "15:11: faults[1].when.stage is missing",
    expect.stringMatching(/^15:20: .*expected after-send or .*, got "after-sent". Did you mean "after-send"\?$/u),
    expect.stringContaining('15:32: unknown key "stge" in faults[1].when. Did you mean "stage"? Keys here:'),
    '16:41: there is no invariant "EO9". Did you mean "EO1"? Known: EO1, EO2, CK4',
  ]);
});

describe("numbers and names that do not fit each other", () => {
  test.each([
    ["members: 0", "5:10: members: too small: expected number to be >=1, got 0"],
    ["members: 1.5", "5:10: members: expected int, received number, got 1.5"],
    ["workload: { partitions: 65 }", "5:25: workload.partitions: too big: expected number to be <=64, got 65"],
    ["workload: { inputs: 5000001 }", "5:21: workload.inputs: too big: expected number to be <=5000000, got 5000001"],
    ["workload: { duplicates: 101% }", /^5:25: workload.duplicates: expected a percentage from 0% to 100%/u],
    [
      "workload: { duplicates: 60%, late: 41% }",
      "5:11: duplicates, out-of-order and late are 111% in sum; at most 100%",
    ],
    ["upgrade: { dwell: 61m }", /^5:19: upgrade.dwell: expected a duration/u],
    ["upgrade: { strategy: rollin }", /^5:22: upgrade.strategy: expected rolling or canary or recreate, got "rollin"/u],
    [
      "upgrade: { max-unavailable: 2, min-available: 2 }",
      "5:47: rolling with max-unavailable 2 leaves 1 of 3 members available; min-available asks for 2: lower one of them, or add members",
    ],
    [
      "upgrade: { strategy: recreate, min-available: 1 }",
      /^5:47: recreate takes every member down at once, so it leaves 0 of 3 members available/u,
    ],
    ["upgrade: { max-unavailable: 3 }", /^5:10: rolling with groups of 3 members leaves 0 of 3 members available/u],
    ["upgrade: { canary: { members: 1 } }", "5:20: rolling has no canary, only canary: leave it out"],
    [
      "upgrade: { strategy: canary, canary: { members: 3 } }",
      "5:38: 3 of 3 members leave nobody to compare them with: use fewer",
    ],
    [
      "upgrade: { groups: [[member-1, member-2]] }",
      "5:20: member-3 would stay at the old version: name each member once",
    ],
    [
      "upgrade: { groups: [[member-1], [member-2, member-1], [member-3]] }",
      "5:20: member-1 would be replaced twice: name each member once",
    ],
    [
      "upgrade: { max-unavailable: 1, groups: [[member-1, member-2], [member-3]] }",
      "5:40: member-1+member-2 are 2 members, above max-unavailable 1",
    ],
    [
      "faults: [{ kind: pause, target: member-1, when: { act: restore of member-4 } }]",
      /^5:49: there is no act of the upgrade "restore of member-4". Did you mean "restore of member-1"/u,
    ],
    ["images: node:24", '5:9: images: expected object, received string, got "node:24"'],
    [
      "images: { side-car: a:1 }",
      '5:11: unknown key "side-car" in images. Did you mean "sidecar"? Keys here: kafka, toxiproxy, member, sidecar',
    ],
    [
      "images: { member: Node 24 }",
      `5:19: images.member: expected an image's name, such as registry.example/member:1, got "Node 24"`,
    ],
    ["images: { toxiproxy: 2.0 }", "5:22: images.toxiproxy: expected an image's name, got 2"],
    [
      'images: { kafka: "kafka:${verison}" }',
      '5:18: images.kafka: ${version} is the only template that can stand in it, got "kafka:${verison}"',
    ],
    [
      "brokers: { versions: [3.9.1, 4.1.1] }\nimages: { kafka: kafka:1 }",
      "6:18: one image cannot be brokers of 3.9.1, 4.1.1: let ${version} stand in its name",
    ],
    [
      "brokers: { versions: [4.1.1] }\nfaults: [{ kind: crash, target: broker-2, at: 1s }]",
      "6:33: there is no broker-2; the scenario has 1: broker-1 to broker-1",
    ],
    ["profile: quick", '5:10: profile: expected fast or production, got "quick".'],
    ["question: again", "5:1: Map keys must be unique"],
    ["expect: { anomalies: [EO1] }", "5:22: anomalies can be expected of verdict invalid only"],
    ["faults: [{ kind: crash, target: member-1 }]", "5:10: a fault has either `at` (a time) or `when` (a condition)"],
    [
      "faults: [{ kind: crash, target: member-1, at: [2s, 1s] }]",
      /^5:47: faults\[0\].at: the first of \[least, most\] is above the second/u,
    ],
    [
      "faults: [{ kind: crash, target: member-1, when: { phase: restore, of: member-4 } }]",
      "5:49: there is no member-4; the scenario has 3: member-1 to member-3",
    ],
    [
      "faults: [{ kind: crash, target: member-1, when: { stage: settlement } }]",
      /^5:49: faults\[0\].when: expected a mapping with one of the keys progress, act, phase/u,
    ],
    [
      "faults: [{ kind: crash, target: broker-1, when: { point: after-send, stage: velocity } }]",
      "5:49: a point parks a member's task, so the target has to be a member or its link",
    ],
    [
      "faults: [{ kind: crash, target: member-1, when: { point: after-send, stage: velocty, partition: 6 } }]",
      '5:49: there is no stage of reference "velocty". Did you mean "velocity"? Known: velocity, settlement',
    ],
    [
      "faults: [{ kind: crash, target: link member-1 broker-1, at: 1s }]",
      /crash takes a member or a broker, not "link/u,
    ],
    ["faults: [{ kind: hold, target: member-1, at: 1s }]", /hold takes link <member> <broker>, not "member-1"/u],
    ["faults: [{ kind: crash, target: everyone, at: 1s }]", /^5:33: "everyone" is not a target; expected `member-2`/u],
    ["faults: [{ kind: crash, target: owner of payments-6, at: 1s }]", "5:33: payments has 6 partitions: 0 to 5"],
    [
      "faults: [{ kind: crash, target: owner of payment-0, at: 1s }]",
      /there is no topic "payment". Did you mean "payments"/u,
    ],
    [
      "faults: [{ kind: delay, target: link member-1 broker-1, at: 1s, params: { latncy: 1s } }]",
      '5:75: delay: unknown parameter "latncy". Did you mean "latency"? A delay takes latency',
    ],
    [
      "faults: [{ kind: delay, target: link member-1 broker-1, at: 1s, params: { latency: [1s, 2s] } }]",
      "5:73: delay: at most 1000",
    ],
    [
      "faults: [{ kind: delay, target: link member-1 broker-1, at: 1s, params: { latency: 200 } }]",
      "5:84: delay: latency: expected a duration such as 200ms or 2s, or [least, most] of it",
    ],
  ])("%s", (line, expected) => {
    const found = problems(`${head}${line}\n`);
    expect(found[0]).toEqual(typeof expected === "string" ? expected : expect.stringMatching(expected));
  });
});

test("a member that speaks no word has no control port at which a skewed clock could be seen; every other fault it takes", () => {
  const silent = (kind: string): readonly string[] =>
    problems(`${head.replace("reference", "silent")}faults: [{ kind: ${kind}, target: member-1, at: 1s }]`);
  expect([silent("crash"), silent("clock-skew")]).toEqual([
    [],
    ["5:38: clock-skew is proven at a member's control port, and members of silent have none"],
  ]);
  expect(problems(`${head}faults: [{ kind: clock-skew, target: member-1, at: 1s }]`)).toEqual([]);
});

describe("hostile text", () => {
  const bomb = Array.from(
    { length: 9 },
    (_, i) => `a${i + 1}: &a${i + 1} [${"*a0,".replace("0", String(i)).repeat(9)}]`,
  );
  test.each([
    ["a bomb of aliases", `a0: &a0 x\n${bomb.join("\n")}\n`, "aliases (`*name`) are not taken; write the value out"],
    ["a tag", `${head}mutant: !!js/function "x"\n`, "tag"],
    ["deep nesting", `${head}faults: ${"[".repeat(5_000)}${"]".repeat(5_000)}\n`, "nested"],
    ["very deep nesting", `a: ${"[".repeat(200_000)}`, ""],
    ["a huge file", `# ${"x".repeat(300_000)}`, "characters; at most"],
    ["two documents", `${head}---\n${head}`, "more than one document"],
    ["no mapping", "- 1\n- 2\n", "the scenario: expected object, received array"],
    ["nothing", "", "the scenario: expected object"],
    ["a broken line", `${head}faults: [\n`, ""],
    ["a prototype", `${head}__proto__: { members: 9 }\n`, "the key __proto__ is not taken"],
    ["a null byte and an escape", `${head}"\\0\\e[31m": 1\n`, 'unknown key "\\u{0}\\u{1b}[31m"'],
  ])("%s is refused with a message", (_, text, expected) => {
    const found = problems(text);
    expect(found.length).toBeGreaterThan(0);
    expect(found.join("\n")).toContain(expected);
    expect(found[0]).toMatch(/^\d+:\d+: ./u);
  });
});
