import { describe, expect, test } from "vitest";
import { findingOf, findingsOf } from "../findings.fixture.ts";
import { World } from "../hand-written.fixture.ts";
import { toyDescription } from "../toy-pipeline.fixture.ts";

/** Inputs of key a, committed one by one. */
function commits(n: number): World {
  const world = new World();
  for (let i = 0; i < n; i++) {
    world.input(0, "a");
    world.transact(0);
  }
  return world;
}

function ended(world: World, cause: "asked" | "fault", incarnation = 1): void {
  const [code, signal] = cause === "asked" ? [0, null] : [null, "SIGKILL"];
  world.event({ kind: "process-ended", process: "member-1", incarnation, code, signal, cause });
}

function outcomes(world: World): readonly (string | undefined)[] {
  const findings = findingsOf(world.finish());
  return ["CK1", "CK2"].map((id) => findings.get(id)?.outcome);
}

test("CK1 and CK2 are idle without a checkpoint file, not applicable without checkpoints at all", () => {
  const findings = findingsOf(commits(1).finish());
  expect([findings.get("CK1")?.outcome, findings.get("CK2")?.outcome]).toEqual(["idle", "idle"]);
  const without = findingsOf(commits(1).finish(), { description: { ...toyDescription, checkpoint: null } });
  expect([without.get("CK1")?.outcome, without.get("CK2")?.outcome]).toEqual(["not-applicable", "not-applicable"]);
});

test("CK1 flags a checkpoint of a commit that was aborted, although successors have passed its offset since", () => {
  const world = commits(1);
  world.input(0, "a");
  world.transact(0, { outcome: "aborted" });
  world.checkpoint(0, { inputNext: 2, entries: "a=2" });
  world.open(0, { member: "member-2" });
  world.transact(0);
  world.input(0, "a");
  world.transact(0);
  const findings = findingsOf(world.finish());
  expect(findings.get("CK1")?.anomalies).toMatchObject([
    {
      sentence:
        "members/member-1/1/disk/count-0/checkpoints/1, left by member-1/1, claims input that was not committed.",
      expected: "an input offset of at most 1 of in-0 (committed below changelog position 6)",
      actual: "2",
      task: "count-0",
    },
  ]);
  expect(findings.get("CK2")?.anomalies).toMatchObject([{ expected: "1", actual: "2" }]);
});

test("CK1 lets a member keep a checkpoint of what another member committed", () => {
  const world = commits(3);
  world.open(0, { member: "member-2" });
  world.checkpoint(0);
  expect(findingOf("CK1", world.finish())).toMatchObject({ outcome: "valid", examined: 1 });
});

test("CK1 flags a checkpoint where nothing was ever committed", () => {
  const world = new World();
  world.input(0, "a");
  world.transact(0, { outcome: "aborted" });
  world.checkpoint(0, { inputNext: 1, entries: "a=1" });
  expect(findingOf("CK1", world.finish()).outcome).toBe("invalid");
});

test("CK2 flags a checkpoint that lacks a key below its position (written, not restored)", () => {
  const world = commits(2);
  world.input(0, "b");
  world.transact(0);
  world.checkpoint(0, { entries: "a=2" });
  expect(findingOf("CK2", world.finish()).anomalies).toMatchObject([
    { expected: "1", actual: "absent", evidence: [expect.stringMatching(/^e:/), "r:count-log-0@7"] },
  ]);
});

test("CK2 judges an older file by its own position", () => {
  const world = commits(2);
  const changelogNext = world.nextOf("count-log", 0);
  world.input(0, "a");
  world.transact(0);
  world.checkpoint(0, { inputNext: 2, changelogNext, entries: "a=2" });
  expect(findingOf("CK2", world.finish()).outcome).toBe("valid");
});

test("a disk that was not copied makes CK1 and CK2 unknown", () => {
  const world = commits(1);
  world.checkpoint(0);
  world.event({ kind: "disk-copy-failed", member: "member-1", incarnation: 1, why: "no room" });
  const findings = findingsOf(world.finish());
  expect([findings.get("CK1")?.outcome, findings.get("CK2")?.outcome]).toEqual(["unknown", "unknown"]);
});

describe("CK1 judges both sides of the label", () => {
  test("an input offset behind the commit at its own label is flagged", () => {
    const world = commits(3);
    world.checkpoint(0, { inputNext: 2 });
    expect(findingOf("CK1", world.finish())).toMatchObject({
      outcome: "invalid",
      examined: 1,
      anomalies: [
        {
          sentence:
            "members/member-1/1/disk/count-0/checkpoints/1, left by member-1/1, lies behind its own label: input would be processed again whose effects are in its state.",
          expected: "an input offset of at least 3 of in-0 (committed below changelog position 9)",
          actual: "2",
          evidence: [expect.stringMatching(/^e:/), "r:__consumer_offsets-0@4"],
          task: "count-0",
        },
      ],
    });
  });

  test("an older checkpoint is held against the commit at its own label, not against later ones", () => {
    const world = commits(2);
    const changelogNext = world.nextOf("count-log", 0);
    world.input(0, "a");
    world.transact(0);
    for (const inputNext of [1, 2, 3]) world.checkpoint(0, { inputNext, changelogNext, number: inputNext });
    const { anomalies } = findingOf("CK1", world.finish());
    expect(anomalies.map(({ actual, expected }) => [actual, expected.slice(0, 30)])).toEqual([
      ["1", "an input offset of at least 2 "],
      ["3", "an input offset of at most 2 o"],
    ]);
  });

  test("a commit without changelog records may be in a checkpoint or not", () => {
    const world = commits(2);
    const changelogNext = world.nextOf("count-log", 0);
    world.input(0, "a", "drop");
    world.transact(0, { edit: ({ changes }) => void changes.splice(0) });
    for (const inputNext of [2, 3]) world.checkpoint(0, { inputNext, changelogNext, number: inputNext });
    expect(findingOf("CK1", world.finish())).toMatchObject({ outcome: "valid", examined: 2 });
  });

  test("so may one whose records lie on both sides of the label", () => {
    const world = commits(1);
    world.input(0, "a");
    world.transact(0);
    for (const inputNext of [1, 2]) world.checkpoint(0, { inputNext, changelogNext: 4, number: inputNext });
    expect(findingOf("CK1", world.finish())).toMatchObject({ outcome: "valid", examined: 2 });
  });
});

describe("a checkpoint captured when it was published", () => {
  test("is judged though it was gone before any process end", () => {
    const world = commits(1);
    world.input(0, "a");
    world.transact(0, { outcome: "aborted" });
    world.checkpoint(0, { inputNext: 2, entries: "a=2", found: "published", number: 2 });
    world.transact(0);
    world.checkpoint(0, { number: 3 });
    expect(findingOf("CK1", world.finish()).anomalies).toMatchObject([
      {
        sentence: expect.stringMatching(
          /^members\/member-1\/1\/checkpoints\/[\da-f]{64}, published by member-1\/1, claims/,
        ),
        actual: "2",
      },
    ]);
  });

  test("counts once, however often it is found, and may come before its transaction's records were read", () => {
    const world = new World();
    world.input(0, "a");
    world.checkpoint(0, { inputNext: 1, changelogNext: 2, entries: "a=1", found: "published" });
    world.transact(0);
    world.checkpoint(0, { inputNext: 1, changelogNext: 2, entries: "a=1" });
    expect(findingsOf(world.finish()).get("CK2")).toMatchObject({ outcome: "valid", examined: 1 });
    expect(findingOf("CK1", world.batches)).toMatchObject({ outcome: "valid", examined: 1 });
  });

  test("that was missed leaves a doubt, by name", () => {
    const world = commits(1);
    world.checkpoint(0);
    const name = "count-0/checkpoints/7";
    world.event({ kind: "checkpoint-missed", member: "member-1", incarnation: 1, name, why: "it was gone" });
    expect(findingOf("CK1", world.finish())).toMatchObject({
      outcome: "unknown",
      why: "Checkpoint count-0/checkpoints/7 of member-1/1 was not captured: it was gone.",
    });
  });
});

describe("a checkpoint file that does not decode", () => {
  const torn = { text: "torn" } as const;

  test("convicts a member that ended in order", () => {
    const world = commits(1);
    ended(world, "asked");
    world.checkpoint(0, torn);
    const findings = findingsOf(world.finish());
    expect(findings.get("CK2")?.anomalies).toMatchObject([
      {
        sentence:
          "members/member-1/1/disk/count-0/checkpoints/1, left by the orderly end of member-1/1, does not decode.",
        actual: "torn",
      },
    ]);
    expect(findings.get("CK1")?.outcome).toBe("idle");
  });

  test("is a doubt after a crash, and stays one when it still lies there at an orderly end", () => {
    const world = commits(1);
    ended(world, "fault");
    world.checkpoint(0, torn);
    world.open(0, { incarnation: 2 });
    ended(world, "asked", 2);
    world.checkpoint(0, torn);
    world.checkpoint(0, { number: 2 });
    expect(findingOf("CK2", world.finish())).toMatchObject({
      outcome: "unknown",
      why: "members/member-1/1/disk/count-0/checkpoints/1 does not decode (torn), so it was not judged.",
    });
  });

  test("is a doubt once a fault filled a disk", () => {
    const world = commits(1);
    world.event({ kind: "fault-applied", fault: "f1", faultKind: "disk-full", targets: ["member-1"] });
    ended(world, "asked");
    world.checkpoint(0, torn);
    expect(outcomes(world)).toEqual(["unknown", "unknown"]);
  });

  test("is forgotten when it was captured half written and is whole later, and else is a doubt", () => {
    const world = commits(1);
    world.checkpoint(0, { ...torn, found: "published" });
    world.checkpoint(0, { found: "published" });
    expect(outcomes(world)).toEqual(["valid", "valid"]);
    const never = commits(1);
    never.checkpoint(0, { ...torn, found: "published" });
    expect(outcomes(never)).toEqual(["unknown", "unknown"]);
  });
});

describe("what a copy of a disk left out", () => {
  function copied(left: readonly { name: string; why: string }[], leftCount = left.length): World {
    const world = commits(1);
    world.checkpoint(0);
    const copy = { path: "members/member-1/1/disk", files: 0, bytes: 0, list: [], left, leftCount };
    world.event({ kind: "disk-copied", member: "member-1", incarnation: 1, ...copy });
    return world;
  }

  test.each([
    [
      "count-0/checkpoints/5",
      "is a FIFO",
      "Checkpoint count-0/checkpoints/5 of member-1/1 is a FIFO, so it was not judged.",
    ],
    ["count-0", "is a symbolic link", "count-0 of member-1/1 is a symbolic link: what it holds was not judged."],
  ])("is a doubt where it is or may hold a checkpoint: %s, %s", (name, sort, why) => {
    expect(findingOf("CK1", copied([{ name, why: sort }]).finish())).toMatchObject({ outcome: "unknown", why });
  });

  test("is a doubt where it is not named, and none where it is no checkpoint", () => {
    expect(outcomes(copied([], 3))).toEqual(["unknown", "unknown"]);
    expect(outcomes(copied([{ name: "count-0/pipe", why: "is a FIFO" }]))).toEqual(["valid", "valid"]);
  });
});
