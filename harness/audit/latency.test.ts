import { expect, test } from "vitest";
import { beginHandWritten, twoStages, type HandWritten } from "./hand-written.fixture.ts";
import { beginLatency, type Latency, type Took } from "./latency.ts";

const a = { pid: 1, epoch: 0 };
const inZero = { group: "g-one", topic: "in", partition: 0 };
const midZero = { group: "g-two", topic: "mid", partition: 0 };

/** Frames are read a second apart, the first at 1 s. */
function measured(written: HandWritten): { readonly took: readonly Took[]; readonly latency: Latency } {
  const latency = beginLatency(twoStages, 1);
  let nowMs = 0;
  const took = written.items.flatMap((item) => {
    if (item.kind !== "frame") return [];
    nowMs += 1_000;
    return latency.step(item.batch, nowMs);
  });
  return { took, latency };
}

test("a record's latency is from its frame to the commit that covers it, and what no commit covers waits", () => {
  const written = beginHandWritten();
  written.data("in-0", [{ key: "x" }, { key: "y" }, { key: "z" }]);
  written.data("in-0", [{ key: "w" }]);
  written.commit(inZero, 2);
  const { took, latency } = measured(written);
  expect(took).toEqual([{ stage: "one", ms: 2_000, records: 2 }]);
  expect(latency.waiting(10_000)).toEqual([
    { stage: "one", ms: 9_000, records: 1 },
    { stage: "one", ms: 8_000, records: 1 },
  ]);
});

test("a record of a transaction can be read from its marker on, a commit in one counts from the marker of the offsets log", () => {
  const written = beginHandWritten();
  written.data("in-0", [{ key: "x" }]);
  written.data("mid-0", [{ key: "m" }], a);
  written.commit(inZero, 1, a);
  expect(measured(written).took).toEqual([]);
  written.marker("mid-0", a, "commit");
  written.marker("__consumer_offsets-0", a, "commit");
  written.commit(midZero, 1);
  expect(measured(written).took).toEqual([
    { stage: "one", ms: 4_000, records: 1 },
    { stage: "two", ms: 2_000, records: 1 },
  ]);
});

test("aborted records wait for nobody, and an aborted commit covers nothing", () => {
  const written = beginHandWritten();
  written.data("in-0", [{ key: "lost" }], a);
  written.marker("in-0", a, "abort");
  written.data("in-0", [{ key: "x" }]);
  written.commit(inZero, 3, a);
  written.marker("__consumer_offsets-0", a, "abort");
  const { took, latency } = measured(written);
  expect(took).toEqual([]);
  expect(latency.waiting(5_000)).toEqual([{ stage: "one", ms: 2_000, records: 1 }]);
});
