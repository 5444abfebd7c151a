import { expect, test } from "vitest";
import type { EventBody } from "../../model/event.ts";
import type { Finding } from "../../model/finding.ts";
import { actBegan, actSettled } from "../../program/program.fixture.ts";
import { findingOf } from "../findings.fixture.ts";
import { World } from "../hand-written.fixture.ts";
import {
  active,
  fault,
  gateSettled,
  healed,
  journalled,
  judged,
  outcomeOf,
  program,
  takenDown,
  waiting,
  type Run,
} from "./unavailability.fixture.ts";

const started = (process: string, incarnation: number): EventBody => ({
  kind: "process-started",
  process,
  incarnation,
  version: "v2",
  pid: 1,
  sha256: "sources of v2",
});
interface How {
  readonly code?: number | null;
  readonly signal?: string | null;
  readonly cause?: string;
}
const ended = (
  process: string,
  incarnation: number,
  { code = null, signal = null, cause = "unexpected" }: How,
): EventBody => ({
  kind: "process-ended",
  process,
  incarnation,
  code,
  signal,
  cause,
});
const copied = (incarnation: number): EventBody => ({
  kind: "disk-copied",
  member: "member-1",
  incarnation,
  path: "disk",
  files: 0,
  bytes: 0,
  list: [],
  left: [],
  leftCount: 0,
});

function drained(world: World): void {
  for (const partition of [0, 1])
    world.event({ kind: "gauge-lag", stage: "count", partition, committedNext: null, lag: 0 });
  world.event({ kind: "drained" });
}

/** Lives of member-1 that end so, a second each, and the orderly one after them. */
function crashLoop(world: World, times: number, how: How): void {
  for (let i = 1; i <= times; i++) {
    world.event(started("member-1", i), 1_000);
    world.event(ended("member-1", i, how), 1_000);
    world.event(copied(i));
  }
  world.event(started("member-1", times + 1), 1_000);
  drained(world);
  world.event(ended("member-1", times + 1, { code: 0, cause: "asked" }));
  world.event(copied(times + 1));
}

test("LV3 flags a crash loop that no fault explains, once, with its length", () => {
  expect(judged((world) => crashLoop(world, 15, { code: 1 }))).toMatchObject({
    outcome: "invalid",
    anomalies: [
      {
        sentence:
          "member-1 ended 15 times from 2.0 s to 30.0 s, the first time as incarnation 1 with exit code 1: nothing in the run asked for it, and no fault explains it.",
        expected: "no end that nobody asked for",
        actual: "exit code 1, 15 times",
        more: 14,
      },
    ],
  });
});

test("LV3 flags a single end by itself, unless the scenario allows restarts", () => {
  const one = (world: World): void => crashLoop(world, 1, { code: 1 });
  expect(outcomeOf(judged(one))).toBe("invalid");
  expect(outcomeOf(judged(one, { availability: { restarts: 1 } }))).toBe("valid");
  const two = (world: World): void => crashLoop(world, 2, { code: 1 });
  expect(outcomeOf(judged(two, { availability: { restarts: 1 } }))).toBe("invalid");
});

test.each<[string, How]>([
  ["a signal", { signal: "SIGKILL" }],
  ["exit code 0", { code: 0 }],
  ["an exit code that tells of a signal", { code: 137 }],
])("LV3 leaves an end by %s alone: somebody outside may have brought it about", (_, how) => {
  expect(outcomeOf(judged((world) => crashLoop(world, 5, how)))).toBe("valid");
});

test("LV3 lets a fault explain what happens during it, shortly after it, and to a member that lived through it", () => {
  const afterMs = (ms: number, lives: "old" | "new"): string =>
    outcomeOf(
      judged(
        (world) => {
          if (lives === "old") world.event(started("member-1", 1));
          world.event(journalled);
          world.event({ kind: "fault-applied", fault: "fault-1", faultKind: "pause", targets: ["member-2"] });
          world.event(active);
          world.event(healed, 1_000);
          if (lives === "new") world.event(started("member-1", 1), 500);
          world.event(ended("member-1", 1, { code: 1 }), ms);
          world.event(copied(1));
          world.event(started("member-1", 2), 500);
          drained(world);
          world.event(ended("member-1", 2, { code: 0, cause: "asked" }));
          world.event(copied(2));
        },
        { faults: [fault] },
      ),
    );
  // Kafka's own time-outs are 15.2 s here, LV1's patience 25.2 s.
  expect([afterMs(100, "new"), afterMs(14_000, "new"), afterMs(16_000, "new")]).toEqual(["valid", "valid", "invalid"]);
  expect([afterMs(24_000, "old"), afterMs(26_000, "old")]).toEqual(["valid", "invalid"]);
});

test("LV3 does not take a fault for the explanation of any number of ends", () => {
  const during = judged(
    (world) => {
      world.event(journalled);
      world.event(active);
      crashLoop(world, 5, { code: 1 });
      world.event(healed);
    },
    { faults: [fault] },
  );
  expect(during).toMatchObject({
    outcome: "unknown",
    why: expect.stringMatching(/member-1 ended 5 times by itself during faults/),
  });
});

test("LV3 is unknown where the faults were not all told, or the host was not watched", () => {
  const withFault = (world: World): void => {
    crashLoop(world, 3, { code: 1 });
    world.event(active);
    world.event(healed);
  };
  const why = (kinds: string) => ({
    outcome: "unknown",
    why: expect.stringContaining(`evidence that is missing (${kinds})`),
  });
  expect(
    judged(withFault, { faults: [fault], around: { without: ["fault-journalled", "fault-applied"] } }),
  ).toMatchObject(why("fault-journalled, fault-applied"));
  const loop = (world: World): void => crashLoop(world, 3, { code: 1 });
  expect(judged(loop, { around: { without: ["gauge-host"] } })).toMatchObject(why("gauge-host"));
});

test("LV3 is unknown on an overloaded host, in a run that was cut short, and where a broker ended, too", () => {
  const busy: EventBody = { kind: "gauge-host", foreignCpus: 1.8, cpus: 2 };
  const withEvents = (...bodies: readonly EventBody[]): Finding =>
    judged((world) => {
      crashLoop(world, 3, { code: 1 });
      for (const body of bodies) world.event(body, 1_000);
    });
  expect(
    [
      withEvents(...Array.from({ length: 7 }, () => busy)),
      withEvents({ kind: "interrupted", why: "SIGINT" }),
      judged((world) => {
        world.event(ended("broker-1", 1, { signal: "SIGKILL" }));
        world.event(started("broker-1", 2));
        crashLoop(world, 3, { code: 1 });
      }),
    ].map(outcomeOf),
  ).toEqual(["unknown", "unknown", "unknown"]);
});

test("LV3 flags an orderly stop that ends with an exit code of its own", () => {
  const stop = (code: number): Finding =>
    judged((world) => {
      world.event(started("member-1", 1));
      world.event(actBegan(program, "stop of member-1"));
      world.event(ended("member-1", 1, { code, cause: "asked" }), 1_000);
      world.event(actSettled(program, "stop of member-1"));
    });
  expect([0, 143, 137].map((code) => outcomeOf(stop(code)))).toEqual(["valid", "valid", "valid"]);
  expect(stop(3).anomalies).toMatchObject([
    {
      sentence:
        "member-1 ended at 1.0 s as incarnation 1 with exit code 3: it was asked to stop in order, and no fault explains it.",
    },
  ]);
});

/** The replacement of member-1, an act of which is open for so long before the upgrade stops; with a fault that is healed so long before that. */
function stuck(name: string, waitedMs: number, calmMs: number | null = null): Finding {
  return judged(
    (world) => {
      world.event(actBegan(program, `${name} of member-1`));
      if (calmMs !== null) {
        world.event(journalled);
        world.event(active);
        world.event(healed, waitedMs - calmMs);
      }
      world.event({ kind: "upgrade-stopped", why: "Waited." }, calmMs ?? waitedMs);
    },
    { steps: 1, ...(calmMs === null ? {} : { faults: [fault] }) },
  );
}

test("LV3 flags an act that takes the whole of its gate's time without a fault", () => {
  expect(stuck("drain", 10_000)).toMatchObject({
    outcome: "invalid",
    anomalies: [
      {
        sentence:
          "The roll stopped in drain of member-1 after 10.0 s, the last 10.0 s of them without a fault: Waited.",
      },
    ],
  });
});

test("LV3 leaves a stopped roll unknown where the wait was shorter, or mostly a fault's", () => {
  expect(
    [stuck("drain", 9_000), stuck("drain", 30_000, 16_000), stuck("restore", 60_000, 24_000)].map(outcomeOf),
  ).toEqual(["unknown", "unknown", "unknown"]);
  expect([stuck("drain", 60_000, 26_000), stuck("restore", 60_000, 26_000)].map(outcomeOf)).toEqual([
    "invalid",
    "invalid",
  ]);
  expect(outcomeOf(judged(() => undefined, { steps: 1 }))).toBe("unknown");
});

/** The gate of member-1, in which these were read last before the upgrade stops, after so long that a pipeline would be convicted. */
function stuckBy(...events: readonly EventBody[]): string {
  const finding = judged(
    (world) => {
      world.event(actBegan(program, "gate of member-1"));
      for (const event of events) world.event(event, 1_000);
      world.event({ kind: "upgrade-stopped", why: "Waited." }, 60_000);
    },
    { steps: 1 },
  );
  return outcomeOf(finding);
}

test("LV3 leaves a roll unknown that the online checks, the brokers, a disk or a level that nobody told have stopped", () => {
  const read = (gate: string, value: number | null): EventBody => ({
    kind: "gate-read",
    act: "gate of member-1",
    gate,
    value,
    bound: 0,
    missing: "it",
    decision: "stop",
  });
  const seen: EventBody = { kind: "anomaly-seen", invariant: "EO1", sentence: "", evidence: [], record: 1, ageMs: 1 };
  const ended = { kind: "online-checks-ended", items: 0, looks: 0, cpuMs: 0, longestLookMs: 0, lagMs: 0 } as const;
  expect([
    stuckBy(read("anomalies", null)),
    stuckBy(read("output-latency-p99", null)),
    stuckBy(read("under-replicated", 3)),
    stuckBy(read("disk-free", 3)),
    stuckBy(seen),
    stuckBy({ ...ended, why: "It ended." }),
  ]).toEqual(["unknown", "unknown", "unknown", "unknown", "unknown", "unknown"]);
  expect([
    stuckBy(read("output-latency-p99", 9_000)),
    stuckBy(read("anomalies", null), read("lag", 9)),
    stuckBy(read("lag", null)),
    stuckBy({ ...ended, why: null }),
  ]).toEqual(["invalid", "invalid", "invalid", "invalid"]);
});

/** A step in which the group has so many new generations, and the task of partition 0 so many new owners. */
function settling(
  generations: number,
  owners: number,
  {
    withFault = false,
    isShared = false,
    ...run
  }: Run & { readonly withFault?: boolean; readonly isShared?: boolean } = {},
) {
  return judged(
    (world) => {
      world.generation({ "member-1": [0, 1] });
      for (const event of takenDown) world.event(event);
      if (withFault) world.event(journalled);
      if (withFault) world.event(active);
      world.event(waiting(0, 0));
      for (let i = 0; i < generations; i++) world.generation({ "member-1": [0], "member-2": [1] });
      world.input(0, "a");
      world.transact(0);
      for (let i = 0; i < owners; i++) {
        world.open(0, { member: `member-${(i % 2) + 1}` });
        world.input(0, "a");
        world.transact(0);
      }
      if (isShared)
        for (const [i, batch] of world.batches.entries())
          if (batch.kind === "transaction")
            world.batches[i] = { ...batch, transaction: { ...batch.transaction, task: null } };
      if (withFault) world.event(healed);
      world.event(gateSettled);
    },
    { steps: 1, ...(withFault ? { faults: [fault] } : {}), ...run },
  );
}

test("LV3 flags a group that rebalances again and again, and an id that members take from each other", () => {
  expect(settling(17, 0)).toMatchObject({
    outcome: "invalid",
    anomalies: [
      {
        sentence:
          "The group toy-count rebalanced 17 times in the replacement of member-1, without a fault: the assignment does not settle.",
      },
    ],
  });
  expect(settling(0, 18).anomalies).toMatchObject([
    {
      sentence: expect.stringMatching(
        /^The transactional id toy-count-0 changed hands 17 times in the replacement of member-1/,
      ),
    },
  ]);
  expect(outcomeOf(settling(16, 17))).toBe("valid");
});

test("LV3 lets members lend each other an id that stands for no one task", () => {
  expect(outcomeOf(settling(0, 18, { isShared: true }))).toBe("valid");
});

test("LV3 leaves rebalances during a fault alone, unless the scenario declares a number", () => {
  expect(outcomeOf(settling(40, 40, { withFault: true }))).toBe("valid");
  expect(outcomeOf(settling(9, 0, { withFault: true, availability: { rebalancesPerStep: 8 } }))).toBe("invalid");
  expect(outcomeOf(settling(8, 0, { withFault: true, availability: { rebalancesPerStep: 8 } }))).toBe("valid");
});

test("LV3 is unknown of an empty history, and of one that has not ended", () => {
  const world = new World();
  crashLoop(world, 0, {});
  expect([findingOf("LV3", []), findingOf("LV3", world.batches)].map(outcomeOf)).toEqual(["unknown", "unknown"]);
});
