import { expect, test } from "vitest";
import { FakeHistory } from "../model/events.fixture.ts";
import { beginDroppedOutput } from "./dropped-output.ts";
import { beginTestimony } from "./testimony.ts";

const witness = { member: "member-1", incarnation: 1 };

/** The totals that the history holds. */
function totals({ events }: FakeHistory): readonly (readonly [number, number])[] {
  return events.flatMap((event) =>
    event.kind === "output-dropped" ? [[event.bytes, event.testimonies] as const] : [],
  );
}

test("100,000 testimonies in a second are 2,000 events, and a few that count the others", () => {
  const history = new FakeHistory();
  const dropped = beginDroppedOutput(history.record);
  const clock = { ms: 0 };
  const hear = beginTestimony({ record: history.record, dropped: dropped.testimony, now: () => clock.ms });
  for (let seq = 0; seq < 100_000; seq += 1) {
    hear(witness, JSON.stringify({ rollproof: 1, seq, kind: "commit", task: "fees-1", body: {} }));
    if (seq % 100 === 99) clock.ms += 1;
  }
  hear(witness, "an ordinary line");
  dropped.end();
  const kept = history.events.filter((event) => event.kind === "testimony").length;
  expect(kept).toBeGreaterThanOrEqual(2_000);
  expect(kept).toBeLessThanOrEqual(2_201);
  expect(totals(history).at(-1)).toEqual([0, 100_000 - kept]);
  expect(totals(history).length).toBeLessThan(20);
});

test("testimony at an ordinary pace is all recorded", () => {
  const history = new FakeHistory();
  const clock = { ms: 0 };
  const dropped = beginDroppedOutput(history.record);
  const hear = beginTestimony({ record: history.record, dropped: dropped.testimony, now: () => clock.ms });
  for (let seq = 0; seq < 5_000; seq += 1) {
    hear(witness, JSON.stringify({ rollproof: 1, seq, kind: "commit", task: null, body: {} }));
    clock.ms += 10;
  }
  dropped.end();
  expect([history.events.length, totals(history)]).toEqual([5_000, []]);
});

test("dropped bytes are told at the first, whenever they have doubled, and in full at the end", () => {
  const history = new FakeHistory();
  const dropped = beginDroppedOutput(history.record);
  for (const total of [10, 15, 19, 20, 39, 100, 150]) dropped.bytes(witness, total);
  dropped.bytes({ ...witness, incarnation: 2 }, 7);
  dropped.end();
  dropped.end();
  expect(totals(history).map(([bytes]) => bytes)).toEqual([10, 20, 100, 7, 150]);
});
