import { once } from "node:events";
import { createServer } from "node:http";
import type { RecordsBatch } from "@platformatic/kafka";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { runNanos, seq } from "../model/brand.ts";
import type { EventBody, HistoryEvent } from "../model/event.ts";
import type { LogFrame } from "../model/log.ts";
import { frameOf } from "./frame-of.ts";
import { startClockWatch } from "./gauges.ts";
import { pollHealth } from "./health.ts";
import { keptFrames } from "./kept-frames.ts";
import { takeBatches, type TailedPartition } from "./tailed-partition.ts";
import { testimonyOf } from "./testimony.ts";

const witness = { member: "member-1", incarnation: 2 };

test("a line of testimony becomes an event; its body goes with it", () => {
  const body = `{"point":"after-send","nth":2}`;
  const line = `{"rollproof":1,"seq":3,"kind":"at-point","task":"velocity-0","body":${body}}`;
  expect(testimonyOf(line, witness)).toEqual({
    kind: "testimony",
    ...witness,
    said: "at-point",
    task: "velocity-0",
    body: { point: "after-send", nth: 2 },
  });
});

test("other lines, other versions, deep or huge ones are no testimony", () => {
  const deep = `{"rollproof":1,"seq":1,"kind":"x","a":${"[".repeat(50)}${"]".repeat(50)}}`;
  const huge = `{"rollproof":1,"seq":1,"kind":"x","a":"${"a".repeat(20_000)}"}`;
  const lines = [deep, huge, "plain log", "{", `{"rollproof":2,"seq":1,"kind":"x"}`, `{"rollproof":1,"kind":"x"}`];
  lines.push(`{"rollproof":1,"seq":1,"kind":"x","task":7}`, "null", "[]");
  lines.push(`{"rollproof":1,"seq":1,"kind":"x","body":[]}`);
  expect(lines.map((line) => testimonyOf(line, witness))).toEqual(lines.map(() => null));
});

test("no line at all makes testimony throw", () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (line) => void testimonyOf(line, witness)));
});

function batchOf(base: number, deltas: readonly number[], lastOffsetDelta = deltas.at(-1) ?? 0): RecordsBatch {
  return {
    firstOffset: BigInt(base),
    length: 0,
    partitionLeaderEpoch: 4,
    magic: 2,
    crc: 0,
    attributes: 16,
    lastOffsetDelta,
    firstTimestamp: 1_000n,
    maxTimestamp: 1_000n,
    producerId: 7n,
    producerEpoch: 1,
    firstSequence: 0,
    records: deltas.map((offsetDelta) => ({
      length: 0,
      attributes: 0,
      timestampDelta: 0n,
      offsetDelta,
      key: null,
      value: Buffer.from(`v${offsetDelta}`),
      headers: [[Buffer.from("h"), null]],
    })),
  };
}

test("a frame holds the records at or above the position, with null keys, values and headers cut from one block", () => {
  const place = { topic: "t", partition: 1, position: 11, highWatermark: 20, lastStableOffset: 15 };
  const frame = frameOf(batchOf(10, [0, 1]), place);
  if (typeof frame === "string") throw new Error(frame);
  expect(Buffer.from(frame.bytes)).toEqual(Buffer.from([0x76, 0x31, 0, 1, 0, 1, 0x68, 255, 255, 255, 255]));
  const { offsets, timestamps, keyAt, valueAt, headersAt, bytes: _, ...rest } = frame;
  expect([offsets, timestamps, keyAt, valueAt, headersAt].map((column) => [...column])).toEqual([
    [11],
    [1_000],
    [0, -1],
    [0, 2],
    [2, 11],
  ]);
  expect(rest).toEqual({
    topic: "t",
    partition: 1,
    highWatermark: 20,
    lastStableOffset: 15,
    baseOffset: 10,
    lastOffset: 11,
    transactional: true,
    control: false,
    producerId: 7,
    producerEpoch: 1,
    baseSequence: 0,
    leaderEpoch: 4,
    count: 1,
  });
});

test("with the log's own time, every record of a batch has the batch's greatest, whatever the client wrote", () => {
  const place = { topic: "t", partition: 1, position: 10, highWatermark: 20, lastStableOffset: 15 };
  const batch = batchOf(10, [0, 1]);
  const records = batch.records.map((record, i) => ({ ...record, timestampDelta: BigInt(10 * i) }));
  const times = (attributes: number): readonly number[] => {
    const frame = frameOf({ ...batch, records, attributes, maxTimestamp: 5_000n }, place);
    return typeof frame === "string" ? [] : [...frame.timestamps];
  };
  expect([times(16), times(8), times(24)]).toEqual([
    [1_000, 1_010],
    [5_000, 5_000],
    [5_000, 5_000],
  ]);
});

function tailed(dense: boolean): TailedPartition {
  return {
    topic: "t",
    topicId: "id",
    partition: 0,
    dense,
    leader: 1,
    leaderEpoch: 0,
    logStart: 0,
    position: 0,
    failed: null,
    kept: keptFrames(),
  };
}

function taken(
  into: TailedPartition,
  records: readonly RecordsBatch[],
  logStartOffset = 0n,
): { events: EventBody[]; frames: number[][] } {
  const events: EventBody[] = [];
  const frames: number[][] = [];
  takeBatches(
    into,
    { records, highWatermark: 9n, lastStableOffset: 9n, logStartOffset },
    {
      record(event): HistoryEvent {
        events.push(event);
        return { ...event, seq: seq(0), at: runNanos(0) };
      },
      recordFrame(frame: LogFrame) {
        frames.push([...frame.offsets]);
        return { ...frame, seq: seq(0) };
      },
    },
  );
  return { events, frames };
}

test("the tail passes empty batches by their last offset, skips what it has, and says what the broker compacted", () => {
  const into = tailed(false);
  expect(taken(into, [batchOf(0, [0, 1]), batchOf(0, [0, 1]), batchOf(2, [], 3), batchOf(8, [0])])).toEqual({
    events: [{ kind: "tail-compacted", topic: "t", partition: 0, from: 6, to: 8 }],
    frames: [[0, 1], [], [8]],
  });
  expect(into.position).toBe(9);
});

test("a jump between or inside batches of a topic that is not compacted is a gap", () => {
  const gap = (from: number, to: number): EventBody => ({ kind: "tail-gap", topic: "t", partition: 0, from, to });
  expect(taken(tailed(true), [batchOf(0, [0, 2], 3), batchOf(6, [0])]).events).toEqual([
    gap(1, 2),
    gap(3, 4),
    gap(4, 6),
  ]);
});

test("bytes that cannot be kept fail the partition once and are not passed over", () => {
  const into = tailed(true);
  const strange = { ...batchOf(1, [0]), magic: 1 };
  expect(taken(into, [batchOf(0, [0]), strange, batchOf(2, [0])])).toEqual({
    events: [
      {
        kind: "tail-failed",
        topic: "t",
        partition: 0,
        why: "at 1: a batch has message format 1; only format 2 is read",
      },
    ],
    frames: [[0]],
  });
  expect(into.failed).not.toBe(null);
});

test("the wall clock stepping by more than 250 ms against the monotonic one is seen, once", () => {
  let [nanos, wall] = [0, 1_000];
  const watch = startClockWatch({ now: () => runNanos(nanos), wallMs: () => wall });
  const tick = (stepMs: number): number | null => {
    nanos += 1e9;
    wall += 1_000 + stepMs;
    return watch();
  };
  expect([tick(0), tick(200), tick(-3_000), tick(0)]).toEqual([null, null, -3_000, null]);
});

test("health is sampled when it is of the contract's shape, and silence or nonsense leaves nothing", async () => {
  const health = {
    version: "v1",
    ready: true,
    flags: { f: "active" },
    tasks: [{ stage: "s", partition: 0, state: "running", inputNext: 4, checkpointNext: null }],
  };
  const bodies = [JSON.stringify({ ...health, more: 1 }), "nonsense", "a".repeat(100_000)];
  const servers = bodies.map((body) => createServer((_, response) => response.end(body)).listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const over = new AbortController();
  const events: EventBody[] = [];
  const targets = servers.map((server, i) => {
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    return { member: `member-${i}`, incarnation: 1, endpoint: `127.0.0.1:${port}` };
  });
  const record = (event: EventBody): HistoryEvent => {
    events.push(event);
    over.abort();
    return { ...event, seq: seq(0), at: runNanos(0) };
  };
  await pollHealth({ targets: () => targets.toReversed(), record, signal: over.signal });
  for (const server of servers) server.close();
  expect(events).toEqual([{ kind: "gauge-health", member: "member-0", incarnation: 1, ...health }]);
});

test("a log that begins later than before is told once, also by an answer without records", () => {
  const moved = (from: number, to: number): EventBody => ({
    kind: "log-start-moved",
    topic: "t",
    partition: 0,
    from,
    to,
  });
  const into = tailed(true);
  expect(taken(into, [batchOf(0, [0])], 0n).events).toEqual([]);
  expect(taken(into, [], 1n).events).toEqual([moved(0, 1)]);
  expect(taken(into, [batchOf(1, [0])], 1n).events).toEqual([]);
  // A new leader may not have heard of it yet.
  expect(taken(into, [], 0n).events).toEqual([]);
  expect(taken(into, [], 2n).events).toEqual([moved(1, 2)]);
});
