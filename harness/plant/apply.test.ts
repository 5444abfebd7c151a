import { expect, test } from "vitest";
import { readOffsetsRecord } from "../audit/codec/offsets.ts";
import { a } from "../audit/audited.fixture.ts";
import { beginHandWritten, twoStages } from "../audit/hand-written.fixture.ts";
import { toyPlan } from "../checkers/toy-pipeline.fixture.ts";
import type { LogBatch } from "../model/log.ts";
import type { RunInfo } from "../model/verdict.ts";
import { edited, type Editable } from "./apply.ts";
import { recordsIn } from "./batch.ts";
import type { Edits } from "./edits.ts";
import { knownOf } from "./known.ts";
import type { Damaged } from "./model.ts";
import { readHeaders } from "./wire/headers.ts";

const run: RunInfo = {
  runId: "20260101-000000-00000001",
  startedAt: "2026-01-01T00:00:00.000Z",
  environment: "process",
  hostFactor: 1,
  versions: {
    tool: "0.1.0",
    kafka: "4.1.1",
    features: {},
    node: "24.0.0",
    planSha256: "",
    specificationSha256: null,
    pipeline: {},
  },
  specificationPath: null,
};
const source = { topic: "in", partition: 0 };

/** Three records of `in-0`; the first and the third have an output in `mid-0`, and the group is behind all three. */
function history(): Editable {
  const written = beginHandWritten();
  const output = (cause: number) => ({ key: `k${cause}`, headers: { "rp-source": `in-0@${cause}#0` } });
  written.event({ kind: "send-invoked", stream: "s", topic: "in", partition: 0, indexes: [[0, 2]], count: 3 });
  written.data("in-0", [{ key: "k0" }, { key: "k1" }, { key: "k2" }]);
  written.event({ kind: "send-ok", invoked: 0, baseOffset: 0 });
  written.data("mid-0", [output(0), output(2)], a);
  written.commit({ group: "g-one", topic: "in", partition: 0 }, 3, a);
  written.event({ kind: "tail-settled", topic: "in", partition: 0, position: 3, logEnd: 3, lastStableOffset: 3 });
  written.event({ kind: "run-ended", events: 3, frames: 3, sha256: "" });
  const { items } = written;
  const specification = { stages: {} };
  const known = knownOf({ description: twoStages, specification, partitions: 1, items, files: new Map() });
  return { items, files: new Map(), known, description: twoStages, plan: toyPlan(), run };
}

/** What refers to what in the history after the edit. */
function after(edit: (edits: Edits) => void) {
  const { damaged } = edited(history(), edit);
  const batches = framesIn(damaged);
  const of = (topic: string): readonly LogBatch[] => batches.filter((batch) => batch.topic === topic);
  const text = new TextDecoder();
  const [commit] = of("__consumer_offsets").flatMap(recordsIn);
  const committed = readOffsetsRecord(commit?.key ?? null, commit?.value ?? null, new Set(["g-one"]));
  return {
    seqs: damaged.items.map((item) => (item.kind === "event" ? item.event.seq : item.batch.seq)),
    source: of("in").map(({ baseOffset, lastOffset, highWatermark, count }) => ({
      baseOffset,
      lastOffset,
      highWatermark,
      count,
    })),
    causes: of("mid")
      .flatMap(recordsIn)
      .map(({ headers }) => text.decode(readHeaders(headers)[0]?.value ?? undefined)),
    next: committed.kind === "commit" ? committed.nextOffset : null,
    events: damaged.items.flatMap((item) =>
      item.kind === "event" && ["send-ok", "tail-settled", "run-ended"].includes(item.event.kind) ? [item.event] : [],
    ),
  };
}

function framesIn({ items }: Damaged): readonly LogBatch[] {
  return items.flatMap((item) => (item.kind === "frame" ? [item.batch] : []));
}

test("a removed record closes up its log, and what names a later offset follows", () => {
  const { source: batches, causes, next, events } = after((edits) => edits.record(source, 1, { kind: "remove" }));
  expect(batches).toEqual([{ baseOffset: 0, lastOffset: 1, highWatermark: 2, count: 2 }]);
  expect([causes, next]).toEqual([["in-0@0#0", "in-0@1#0"], 2]);
  expect(events).toMatchObject([{ baseOffset: 0 }, { position: 2, logEnd: 2, lastStableOffset: 2 }, { frames: 3 }]);
});

test("a record that compaction took leaves its offset empty", () => {
  const { source: batches, causes, next } = after((edits) => edits.record(source, 1, { kind: "compact" }));
  expect(batches).toEqual([{ baseOffset: 0, lastOffset: 2, highWatermark: 3, count: 2 }]);
  expect([causes, next]).toEqual([["in-0@0#0", "in-0@2#0"], 3]);
});

test("a batch put into another one cuts it in two, and everything is numbered and counted again", () => {
  const {
    seqs,
    source: batches,
    causes,
    next,
    events,
  } = after((edits) => {
    const found = history().known.find(source, 1);
    if (found === null) throw new Error("There is a record at 1.");
    edits.insert(source, 1, { like: found.batch, attributes: {}, records: [found.record, found.record] });
  });
  expect(batches.map(({ baseOffset, lastOffset, count }) => [baseOffset, lastOffset, count])).toEqual([
    [0, 0, 1],
    [1, 2, 2],
    [3, 4, 2],
  ]);
  expect([causes, next]).toEqual([["in-0@0#0", "in-0@4#0"], 5]);
  expect(seqs).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  expect(events).toMatchObject([{ invoked: 0 }, { position: 5 }, { events: 3, frames: 5 }]);
});

test("a record of its own batch keeps its place", () => {
  const { source: batches, next } = after((edits) =>
    edits.record(source, 2, { kind: "apart", attributes: { producerId: 9 } }),
  );
  expect(batches.map(({ baseOffset, lastOffset }) => [baseOffset, lastOffset])).toEqual([
    [0, 1],
    [2, 2],
  ]);
  expect(next).toBe(3);
});
