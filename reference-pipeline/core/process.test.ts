import { expect, test } from "vitest";
import { runJob } from "../memory/driver.ts";
import { newWorld, opened, process, seatIn } from "../memory/seats.fixture.ts";
import { v2 } from "../versions/v2.ts";
import { processBatch } from "./process.ts";
import { formatFlag } from "./version.ts";

const noFlags: ReadonlySet<string> = new Set();

test("a transaction sends the changelog first, its position record before all, then outputs, then offsets", () => {
  const seat = seatIn(newWorld());
  const task = opened(seat);
  const records = seat.cluster.readCommitted("payments", 0, 0);
  const { answer, effects } = runJob(seat, processBatch(task, records, noFlags));
  expect(answer).toEqual({ kind: "processed", consumed: 2, next: 2 });
  expect(
    effects.map((effect) => {
      if (effect.kind === "send") return `send ${effect.topic}-${effect.partition} ${effect.records.length}`;
      return effect.kind === "point" ? effect.point : effect.kind;
    }),
  ).toEqual([
    "begin",
    "store-put",
    "store-put",
    "send velocity-changelog-0 2",
    "send by-merchant-0 1",
    "send by-merchant-1 1",
    "after-send",
    "send-offsets",
    "before-commit",
    "commit",
    "testify",
    "after-commit",
  ]);
  const [position, state] = seat.cluster.log("velocity-changelog", 0).records;
  expect(Buffer.from(position?.value ?? []).toString()).toBe('{"next":2,"commit":1}');
  expect([position?.headers, state?.headers]).toEqual([
    { "rp-writer": "member-1/1/v1/1" },
    { "rp-source": "payments-0@1#0", "rp-writer": "member-1/1/v1/1" },
  ]);
});

test("records below the position are skipped, and without any others there is no transaction", () => {
  const seat = seatIn(newWorld());
  const task = opened(seat);
  process(seat, task, 2);
  const records = seat.cluster.readCommitted("payments", 0, 0);
  expect(runJob(seat, processBatch(task, records.slice(0, 4), noFlags))).toEqual({
    answer: { kind: "processed", consumed: 4, next: 4 },
    effects: [],
  });
  expect(runJob(seat, processBatch(task, records, noFlags)).answer).toEqual({
    kind: "processed",
    consumed: 6,
    next: 6,
  });
});

test("the format changes between two transactions, when the flag is active", () => {
  const seat = seatIn(newWorld(), "member-1", v2);
  const task = opened(seat);
  for (const flags of [noFlags, new Set([formatFlag])])
    runJob(seat, processBatch(task, seat.cluster.readCommitted("payments", 0, task.next), flags));
  const written = [0, 1].flatMap((partition) => seat.cluster.readCommitted("by-merchant", partition, 0));
  const formats = new Map(
    written.map(({ headers, value }) => [
      headers["rp-source"],
      [headers["rp-writer"]?.at(-1), Buffer.from(value ?? []).includes("risk")],
    ]),
  );
  expect(formats).toEqual(
    new Map([
      ["payments-0@0#0", ["1", false]],
      ["payments-0@1#0", ["1", false]],
      ["payments-0@2#0", ["2", true]],
    ]),
  );
});

test("a fenced owner says so once and does nothing more", () => {
  const world = newWorld();
  const seat = seatIn(world);
  const task = opened(seat);
  opened(seatIn(world, "member-2"));
  const { answer, effects } = runJob(seat, processBatch(task, seat.cluster.readCommitted("payments", 0, 0), noFlags));
  expect(answer).toEqual({ kind: "fenced" });
  expect(effects.slice(-2).map(({ kind }) => kind)).toEqual(["send", "testify"]);
  expect(effects.at(-1)).toEqual({ kind: "testify", said: "fenced", body: { during: "send" } });
  expect(task.phase).toBe("lost");
});
