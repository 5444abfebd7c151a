import * as fc from "fast-check";
import { expect, test } from "vitest";
import { findingsOf, withOutcome } from "./findings.fixture.ts";
import { World, type Draft } from "./hand-written.fixture.ts";

/** A busy machine is no failure. */
const patienceMs = 60_000;

/** One thing that may happen in a run; numbers are taken modulo what is possible. */
const happening = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant("input" as const), p: fc.nat(1), key: fc.nat(3), value: fc.nat(9) }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("commit" as const), p: fc.nat(1), take: fc.nat(5) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("abort" as const), p: fc.nat(1), take: fc.nat(5) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("interleave" as const), first: fc.nat(1), aborts: fc.nat(3) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("aborted-input" as const), p: fc.nat(1) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("open" as const), p: fc.nat(1), member: fc.nat(2), v2: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("checkpoint" as const), p: fc.nat(1) }) },
);
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;

const values = ["one", "one", "one", "one", "one", "pair", "pair", "drop", "drop", "gone"];

function carryOut(world: World, step: Happening, opens: { count: number }): void {
  switch (step.kind) {
    case "input":
      world.input(step.p, `k${step.key}`, values[step.value] ?? "one");
      break;
    case "aborted-input":
      world.abortedInput(step.p, "k0");
      break;
    case "commit":
      world.transact(step.p, { upTo: world.task(step.p).next + step.take });
      break;
    case "abort":
      world.transact(step.p, { upTo: world.task(step.p).next + step.take, outcome: "aborted" });
      world.open(step.p);
      break;
    case "interleave": {
      const both = [world.begin(step.first), world.begin(1 - step.first)];
      for (const one of both) one.send();
      for (const [i, one] of both.toReversed().entries())
        one.end((step.aborts & (i + 1)) === 0 ? "committed" : "aborted");
      break;
    }
    case "open": {
      opens.count += 1;
      world.open(step.p, { member: `member-${step.member}`, incarnation: opens.count, version: step.v2 ? "v2" : "v1" });
      world.generation({ [`member-${step.member}`]: [step.p] });
      break;
    }
    case "checkpoint":
      world.checkpoint(step.p);
      break;
    default:
      step satisfies never;
  }
}

function worldOf(steps: readonly Happening[]): World {
  const world = new World();
  world.generation({ "member-1": [0, 1] });
  const opens = { count: 1 };
  for (const step of steps) carryOut(world, step, opens);
  return world;
}

/** Commits whatever waits, so that the run ends drained. */
function drain(world: World): void {
  for (const p of [0, 1]) if (world.task(p).next < world.nextOf("in", p)) world.transact(p);
}

const steps = fc.array(happening, { minLength: 5, maxLength: 60 });

test(
  "a correct history is never flagged, whatever its batching, aborts, interleaving, restarts and versions",
  () => {
    fc.assert(
      fc.property(steps, (all) => {
        const world = worldOf(all);
        drain(world);
        const findings = findingsOf(world.finish());
        expect(withOutcome(findings, "invalid")).toEqual([]);
        expect(withOutcome(findings, "unknown")).toEqual([]);
      }),
      { numRuns: 150 },
    );
  },
  patienceMs,
);

test(
  "no prefix of a correct history is flagged, and none of them is valid before its end",
  () => {
    fc.assert(
      fc.property(steps, fc.nat(100), (all, percent) => {
        const world = worldOf(all);
        drain(world);
        const batches = world.finish();
        const findings = findingsOf(batches.slice(0, Math.floor((batches.length * percent) / 101)));
        expect(withOutcome(findings, "invalid")).toEqual([]);
        expect(findings.get("HZ1")?.outcome).toBe("unknown");
      }),
      { numRuns: 100 },
    );
  },
  patienceMs,
);

test(
  "a correct history with a transaction that the evidence cannot decide is never flagged",
  () => {
    fc.assert(
      fc.property(steps, steps, fc.nat(1), (before, after, p) => {
        const world = worldOf(before);
        world.input(p, "k0");
        const undecided = world.begin(p);
        undecided.send();
        const gap = undecided.end("committed");
        const at = world.batches.findIndex((batch) => batch.kind === "transaction" && batch.transaction === gap);
        world.batches[at] = {
          kind: "transaction",
          transaction: { ...gap, outcome: "gap", why: "a marker is missing" },
        };
        const opens = { count: 100 };
        for (const step of after) carryOut(world, step, opens);
        drain(world);
        expect(withOutcome(findingsOf(world.finish()), "invalid")).toEqual([]);
      }),
      { numRuns: 150 },
    );
  },
  patienceMs,
);

interface Mutation {
  readonly name: string;
  readonly flaggedBy: readonly string[];
  readonly edit: (draft: Draft) => void;
}

const first = (draft: Draft): Draft["outputs"][number] => {
  const [row] = draft.outputs;
  if (row === undefined) throw new Error("The draft has no output.");
  return row;
};

const mutations: readonly Mutation[] = [
  { name: "an output dropped", flaggedBy: ["EO2"], edit: (draft) => void draft.outputs.shift() },
  { name: "an output written twice", flaggedBy: ["EO1"], edit: (draft) => void draft.outputs.push(first(draft)) },
  {
    name: "an output's value changed",
    flaggedBy: ["EO4"],
    edit: (draft) => void draft.outputs.splice(0, 1, { ...first(draft), value: "4711" }),
  },
  {
    name: "an output of bytes that do not decode",
    flaggedBy: ["EO4"],
    edit: (draft) => void draft.outputs.splice(0, 1, { ...first(draft), value: "?" }),
  },
  {
    name: "an output without a source record",
    flaggedBy: ["EO3"],
    edit: (draft) => void draft.outputs.push({ ...first(draft), cause: [4711, 0] }),
  },
  {
    name: "an output more than f expects",
    flaggedBy: ["EO4"],
    edit: (draft) => void draft.outputs.push({ ...first(draft), cause: [first(draft).cause?.[0] ?? 0, 7] }),
  },
  {
    name: "an offset one too low",
    flaggedBy: ["CK3"],
    edit: (draft) => void draft.commits.splice(0, 1, (draft.commits[0] ?? 0) - 1),
  },
  { name: "no offset commit", flaggedBy: ["CK3"], edit: (draft) => void draft.commits.splice(0) },
  { name: "a state lost", flaggedBy: ["ST1"], edit: (draft) => void draft.changes.splice(1, 1) },
  {
    name: "a state changed",
    flaggedBy: ["ST1"],
    edit: (draft) => void draft.changes.push({ key: "k9", value: "3", cause: first(draft).cause }),
  },
  { name: "an offset ahead", flaggedBy: ["CK3"], edit: (draft) => void draft.commits.splice(0, 1, 4711) },
];

for (const { name, flaggedBy, edit } of mutations)
  test(
    `in a random history, ${name} is flagged by ${flaggedBy.join(", ")}`,
    () => {
      fc.assert(
        fc.property(steps, fc.nat(1), (all, p) => {
          const world = worldOf(all);
          drain(world);
          world.input(p, "k0");
          world.input(p, "k1");
          world.transact(p, { edit });
          const flagged = withOutcome(findingsOf(world.finish()), "invalid");
          expect(flagged).toEqual(expect.arrayContaining([...flaggedBy]));
        }),
        { numRuns: 30 },
      );
    },
    patienceMs,
  );
