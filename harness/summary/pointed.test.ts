import * as fc from "fast-check";
import { expect, test } from "vitest";
import { offset, partition, runNanos, seq } from "../model/brand.ts";
import type { EvidenceBatch, OffsetCommit } from "../model/evidence.ts";
import type { LogBatch } from "../model/log.ts";
import type { PipelineDescription, Specification } from "../model/pipeline.ts";
import { beginPointed } from "./pointed.ts";
import { bytesText, headersOf } from "./record-text.ts";

const description: PipelineDescription = {
  name: "one-stage",
  folder: "pipelines/toy",
  speaks: true,
  guarantee: "exactly-once",
  offsets: "in-transaction",
  topics: () => [],
  stages: [{ name: "only", sources: ["in"], group: "g", changelog: "state", sinks: ["out"], transactionalId: null }],
  versions: {},
  workload: { stream: "in", topic: "in", records: () => [] },
  specificationPath: null,
  mutants: [],
  points: [],
  checkpoint: null,
  config: () => ({}),
  activate: null,
};
const specification: Specification = {
  stages: {
    only: {
      start: () => ({ step: () => ({ outputs: [], changes: [] }) }),
      output: () => "",
      changelog: (key) => {
        if (key.length === 0) throw new Error("no key");
        return { kind: "state", key: "a-1", schema: "2", state: '{"n":1}' };
      },
      checkpoint: () => ({ inputNext: 0, changelogNext: 0, schema: "2", entries: new Map() }),
    },
  },
};

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** One record with headers, as a batch of one partition. */
function batchOf(told: {
  readonly topic: string;
  readonly offset: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers?: Uint8Array;
}): LogBatch {
  const parts = [told.key, told.value, told.headers ?? new Uint8Array(2)];
  const ends: number[] = [];
  let at = 0;
  const cuts = parts.map((part) => {
    const from = at;
    at += part?.length ?? 0;
    ends.push(at);
    return Int32Array.of(from, part === null ? -1 : at);
  });
  const bytes = new Uint8Array(at);
  parts.forEach((part, i) => part !== null && bytes.set(part, (ends[i] ?? 0) - part.length));
  const [keyAt = new Int32Array(), valueAt = new Int32Array(), headersAt = new Int32Array()] = cuts;
  return {
    seq: seq(7),
    topic: told.topic,
    partition: partition(0),
    highWatermark: offset(0),
    lastStableOffset: offset(0),
    baseOffset: offset(told.offset),
    lastOffset: offset(told.offset),
    transactional: true,
    control: false,
    producerId: 4,
    producerEpoch: 2,
    baseSequence: 0,
    leaderEpoch: 0,
    count: 1,
    offsets: Float64Array.of(told.offset),
    timestamps: Float64Array.of(0),
    keyAt,
    valueAt,
    headersAt,
    bytes,
  };
}

/** uint16 count, then uint16 name length, name, int32 value length, value. */
function headerBlock(headers: readonly (readonly [name: string, value: string])[]): Uint8Array {
  const pieces = headers.map(([name, value]) => {
    const [n, v] = [utf8(name), utf8(value)];
    const piece = new Uint8Array(6 + n.length + v.length);
    const view = new DataView(piece.buffer);
    view.setUint16(0, n.length);
    piece.set(n, 2);
    view.setInt32(2 + n.length, v.length);
    piece.set(v, 6 + n.length);
    return piece;
  });
  const block = new Uint8Array(2 + pieces.reduce((sum, { length }) => sum + length, 0));
  new DataView(block.buffer).setUint16(0, headers.length);
  let at = 2;
  for (const piece of pieces) {
    block.set(piece, at);
    at += piece.length;
  }
  return block;
}

/** A fold that stops where it says that nothing is missing gives the same as one that goes on. */
function collect(refs: readonly string[], ...batches: readonly EvidenceBatch[]) {
  const whole = beginPointed({ refs, description, specification });
  const stopped = beginPointed({ refs, description, specification });
  for (const batch of batches) {
    whole.step(batch);
    if (!stopped.isComplete()) stopped.step(batch);
  }
  expect(stopped.finish()).toEqual(whole.finish());
  return whole.finish();
}

/** The aborted transaction of `out`'s records. */
function aborted(out: LogBatch, commits: readonly OffsetCommit[] = []): EvidenceBatch {
  return {
    kind: "transaction",
    transaction: {
      index: 12,
      transactionalId: "t-0",
      producerId: 4,
      producerEpoch: 2,
      outcome: "aborted",
      why: null,
      logged: { prepare: null, complete: null },
      session: 0,
      prepare: null,
      complete: null,
      parts: [
        {
          topic: "out",
          partition: 0,
          role: "sink",
          records: {
            ...out,
            causeTopic: new Int32Array(),
            causeTopics: [],
            causePartition: new Int32Array(),
            causeOffset: new Float64Array(),
            ordinal: new Int32Array(),
            writer: new Int32Array(),
            twins: null,
            writers: [],
          },
          epochs: Int32Array.of(2),
          marker: null,
          listed: true,
        },
      ],
      commits,
      task: null,
      seq: seq(8),
      firstSeq: null,
    },
  };
}

test("a record that a finding names is shown with its headers and writer", () => {
  const headers = headerBlock([
    ["rp-writer", "member-2/3/v2/1"],
    ["rp-source", "in-0@5#0"],
  ]);
  const batch = batchOf({ topic: "out", offset: 41, key: utf8("m-1"), value: utf8('{"n":1}'), headers });
  const other = batchOf({ topic: "out", offset: 42, key: null, value: null });
  expect(collect(["r:out-0@41"], { kind: "log", batch }, { kind: "log", batch: other })).toEqual({
    records: [
      {
        seq: 7,
        view: {
          ref: "r:out-0@41",
          key: "m-1",
          value: '{"n":1}',
          headers: { "rp-writer": "member-2/3/v2/1", "rp-source": "in-0@5#0" },
          writer: "member-2/3/v2/1",
          transaction: "producer 4, epoch 2",
        },
      },
    ],
    events: [],
  });
});

test("a changelog record is told by the specification, and by its bytes where that refuses", () => {
  const sound = batchOf({ topic: "state", offset: 1, key: utf8("a-1"), value: Uint8Array.of(2, 0) });
  const broken = batchOf({ topic: "state", offset: 2, key: new Uint8Array(), value: Uint8Array.of(2, 0) });
  const { records } = collect(
    ["r:state-0@1", "r:state-0@2"],
    { kind: "log", batch: sound },
    { kind: "log", batch: broken },
  );
  expect(records.map(({ view }) => view.value)).toEqual(['a-1 = {"n":1} (schema 2)', "0x0200"]);
});

test("the fate of the record's transaction and offset commits are told in words", () => {
  const commit = batchOf({
    topic: "__consumer_offsets",
    offset: 9,
    key: Uint8Array.of(0, 1),
    value: Uint8Array.of(0, 3),
  });
  const out = batchOf({ topic: "out", offset: 3, key: null, value: utf8("x") });
  const at = { topic: "__consumer_offsets", partition: 0, offset: 9 };
  const { records } = collect(
    ["r:out-0@3", "r:__consumer_offsets-0@9"],
    { kind: "log", batch: commit },
    { kind: "log", batch: out },
    aborted(out, [
      { group: "g", topic: "in", partition: 0, nextOffset: 5, at, producerId: 4, producerEpoch: 2, seq: seq(8) },
    ]),
  );
  expect(records.map(({ view: { value, transaction } }) => ({ value, transaction }))).toEqual([
    { value: "x", transaction: "t-0 #12 (aborted; producer 4, epoch 2)" },
    {
      value: "commit of g for in-0: next 5, in t-0 #12 (aborted; producer 4, epoch 2)",
      transaction: "producer 4, epoch 2",
    },
  ]);
});

test("nothing is missing once the record and its transaction's end have come, and never where a ref leads nowhere", () => {
  const batch = batchOf({ topic: "out", offset: 41, key: null, value: null });
  const [found, nowhere] = [["r:out-0@41"], ["r:out-0@41", "e:5"]].map((refs) => {
    const fold = beginPointed({ refs, description, specification });
    fold.step({ kind: "log", batch });
    const before = fold.isComplete();
    fold.step(aborted(batch));
    return [before, fold.isComplete()];
  });
  expect([found, nowhere]).toEqual([
    [false, true],
    [false, false],
  ]);
});

test("events that a finding names are told by kind and fields", () => {
  const event = { kind: "fault-healed", fault: "fault-1", seq: seq(3), at: runNanos(5) } as const;
  expect(collect(["e:3", "e:3", "e:4"], { kind: "event", event }).events).toEqual([
    { ref: "e:3", at: 5, text: "fault-healed: fault fault-1" },
  ]);
});

test("no more than 200 records are shown, and refs to nothing give nothing", () => {
  const refs = Array.from({ length: 500 }, (_, i) => `r:out-0@${i}`);
  const batches = refs.map((_, i) => ({
    kind: "log" as const,
    batch: batchOf({ topic: "out", offset: i, key: null, value: null }),
  }));
  expect(collect(refs, ...batches).records).toHaveLength(200);
  expect(collect(["r:nowhere-0@1", "e:1", "nonsense"])).toEqual({ records: [], events: [] });
});

test("long contents are cut off, and the rest is counted", () => {
  const text = bytesText(new Uint8Array(10_000_000).fill(0x61));
  expect(text).toBe(`${"a".repeat(2_048)}… (10000000 bytes)`);
});

test("a cut in the middle of a character leaves text, and bytes that are no text are hex", () => {
  expect(bytesText(utf8(`a${"é".repeat(2_000)}`))).toBe(`a${"é".repeat(1_023)}… (4001 bytes)`);
  expect(bytesText(Uint8Array.of(0xff, 0x00))).toBe("0xff00");
  expect(bytesText(null)).toBe("(null)");
});

test("any header block is read without a throw, and a sound one exactly", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (headers) => {
      const batch = batchOf({ topic: "t", offset: 0, key: null, value: null, headers });
      expect(Object.keys(headersOf(batch, 0)).length).toBeLessThanOrEqual(16);
    }),
  );
  const text = fc.string({ unit: "grapheme", maxLength: 8 }).filter((s) => !s.includes("\0"));
  fc.assert(
    fc.property(fc.uniqueArray(fc.tuple(text, text), { maxLength: 5, selector: ([name]) => name }), (told) => {
      const batch = batchOf({ topic: "t", offset: 0, key: null, value: utf8("v"), headers: headerBlock(told) });
      expect(headersOf(batch, 0)).toEqual(Object.fromEntries(told));
    }),
  );
});
