import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { offset, partition, runNanos } from "../model/brand.ts";
import type { HistoryItem } from "../model/history.ts";
import type { LogFrame } from "../model/log.ts";
import { readHistory } from "./reader.ts";
import { openRecorder } from "./recorder.ts";

const made: string[] = [];
afterEach(() => {
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true, force: true });
});
const directory = (): string => {
  const made1 = mkdtempSync(join(tmpdir(), "rollproof-history-"));
  made.push(made1);
  return made1;
};
const clock = { now: () => runNanos(7), wallMs: () => 0 };

function frame(topic: string, base: number, values: readonly string[]): LogFrame {
  const bytes = new TextEncoder().encode(values.join(""));
  let at = 0;
  const cuts = values.flatMap((value) => [at, (at += value.length)]);
  const none = Int32Array.from(values.flatMap(() => [0, -1]));
  return {
    topic,
    partition: partition(0),
    highWatermark: offset(base + values.length),
    lastStableOffset: offset(base),
    baseOffset: offset(base),
    lastOffset: offset(base + values.length - 1),
    transactional: true,
    control: false,
    producerId: 9,
    producerEpoch: 3,
    baseSequence: 0,
    leaderEpoch: 5,
    count: values.length,
    offsets: Float64Array.from(values, (_, i) => base + i),
    timestamps: Float64Array.from(values, () => 1_700_000_000_000),
    keyAt: none,
    valueAt: Int32Array.from(cuts),
    headersAt: none,
    bytes,
  };
}

async function recorded(where: string): Promise<readonly HistoryItem[]> {
  const recorder = await openRecorder(where, clock);
  const seen: HistoryItem[] = [];
  recorder.subscribe((event) => void seen.push({ kind: "event", event }));
  recorder.subscribeFrames((batch) => void seen.push({ kind: "frame", batch }));
  recorder.record({ kind: "time-zero" });
  recorder.recordFrame(frame("out.a-b", 0, ["one", "two"]));
  recorder.recordFrame(frame("in", 0, ["three"]));
  recorder.record({ kind: "tail-gap", topic: "in", partition: 0, from: 1, to: 4 });
  recorder.recordFrame(frame("out.a-b", 2, ["four", ""]));
  await recorder.close();
  return seen;
}

function read(where: string): { items: HistoryItem[]; end: ReturnType<ReturnType<typeof readHistory>["end"]> } {
  const history = readHistory(where);
  return { items: [...history.items()], end: history.end() };
}

const seqOf = (item: HistoryItem): number => (item.kind === "event" ? item.event.seq : item.batch.seq);

test("what was recorded is read back in seq order, whole, and complete", async () => {
  const where = join(directory(), "history");
  const seen = await recorded(where);
  expect(read(where)).toEqual({ items: seen, end: { complete: true, events: 3, frames: 3, problems: [] } });
  expect(seen.map(seqOf)).toEqual([0, 1, 2, 3, 4, 5]);
});

test("a line of events.ndjson stays readable: CRC-32, then JSON", async () => {
  const where = directory();
  await recorded(join(where, "h"));
  const [line] = readFileSync(join(where, "h", "events.ndjson"), "utf8").split("\n");
  expect(line).toMatch(/^[0-9a-f]{8} \{"seq":0,"at":7,"kind":"time-zero"\}$/);
});

test("an item is in its file before record returns", async () => {
  const where = directory();
  const recorder = await openRecorder(join(where, "h"), clock);
  recorder.record({ kind: "time-zero" });
  recorder.recordFrame(frame("in", 0, ["x"]));
  expect(read(join(where, "h")).items.length).toBe(2);
  await recorder.close();
});

test("what was recorded outlives a SIGKILL of the harness in the same tick", () => {
  const where = join(directory(), "h");
  const code = `
    const { openRecorder } = await import(${JSON.stringify(join(import.meta.dirname, "recorder.ts"))});
    const recorder = await openRecorder(${JSON.stringify(where)}, { now: () => 1, wallMs: () => 0 });
    for (let i = 0; i < 500; i += 1) recorder.record({ kind: "run-phase", phase: String(i) });
    process.kill(process.pid, "SIGKILL");
  `;
  expect(spawnSync(process.execPath, ["--input-type=module", "-e", code]).signal).toBe("SIGKILL");
  const { items, end } = read(where);
  expect([items.length, end.complete]).toEqual([500, false]);
  expect(end.problems.map(({ what }) => what)).toEqual([
    "The history does not end with run-ended: the harness did not finish.",
  ]);
}, 30_000);

test("a flip or a cut anywhere leaves a prefix of each file and a problem, never a complete history", async () => {
  const where = directory();
  const seen = await recorded(join(where, "h"));
  const files = readdirSync(join(where, "h"));
  const original = new Map(files.map((name) => [name, readFileSync(join(where, "h", name))]));
  const harm = fc.record({
    file: fc.constantFrom(...files),
    at: fc.nat(),
    bit: fc.integer({ min: 0, max: 7 }),
    cut: fc.boolean(),
  });
  fc.assert(
    fc.property(harm, ({ file, at, bit, cut }) => {
      const bytes = Buffer.from(original.get(file) ?? []);
      const place = at % bytes.length;
      bytes[place] = (bytes[place] ?? 0) ^ (1 << bit);
      writeFileSync(join(where, "h", file), cut ? bytes.subarray(0, place) : bytes);
      const { items, end } = read(join(where, "h"));
      writeFileSync(join(where, "h", file), original.get(file) ?? "");
      expect(end.complete).toBe(false);
      expect(end.problems.length).toBeGreaterThan(0);
      expect(items.length).toBeLessThan(seen.length);
      expect(seen.filter((item) => items.some((kept) => seqOf(kept) === seqOf(item)))).toEqual(items);
    }),
    { numRuns: 500 },
  );
}, 30_000);

test("any bytes at all are read without a crash and without being complete", () => {
  const where = directory();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), fc.uint8Array({ maxLength: 400 }), (events, log) => {
      writeFileSync(join(where, "events.ndjson"), events);
      writeFileSync(join(where, "t-0.log"), log);
      expect(read(where).end.complete).toBe(false);
    }),
  );
});

test("damage is named by file and byte, with the first offset that is lost", async () => {
  const where = join(directory(), "h");
  await recorded(where);
  const name = join(where, "out.a-b-0.log");
  const bytes = readFileSync(name);
  const first = 8 + bytes.readUInt32LE(0);
  bytes[first + 20] = (bytes[first + 20] ?? 0) ^ 1;
  writeFileSync(name, bytes);
  const { items, end } = read(where);
  expect(items.length).toBe(5);
  expect(end.problems).toContainEqual({
    file: "out.a-b-0.log",
    byte: first,
    what: "A frame does not agree with its CRC-32.",
    lost: { topic: "out.a-b", partition: 0, from: 2 },
  });
});

test("a strange or linked file is named and not read", async () => {
  const where = join(directory(), "h");
  await recorded(where);
  writeFileSync(join(where, "..-0.log.bak"), "");
  symlinkSync("/etc/passwd", join(where, "x-0.log"));
  expect(read(where).end.problems.map(({ file }) => file)).toEqual(["..-0.log.bak", "x-0.log"]);
});

test("a topic name that Kafka would refuse never becomes a path: the history fails, and says so", async () => {
  const where = directory();
  const recorder = await openRecorder(join(where, "h"), clock);
  recorder.recordFrame(frame("../../escape", 0, ["x"]));
  expect(recorder.failed.reason).toMatchObject({ code: "history-unwritable" });
  await expect(recorder.close()).rejects.toMatchObject({ code: "history-unwritable" });
  expect(readdirSync(where)).toEqual(["h"]);
});

test("a subscriber that throws becomes a defect event and is detached; the others go on", async () => {
  const where = join(directory(), "h");
  const recorder = await openRecorder(where, clock);
  const calls: string[] = [];
  recorder.subscribe(() => {
    calls.push("bad");
    throw new Error("cannot fold");
  });
  recorder.subscribe((event) => void calls.push(event.kind));
  recorder.record({ kind: "time-zero" });
  recorder.record({ kind: "faults-over" });
  await recorder.close();
  expect(calls).toEqual(["bad", "time-zero", "defect", "faults-over", "run-ended"]);
  expect(read(where).end).toEqual({ complete: true, events: 4, frames: 0, problems: [] });
});

test("what a subscriber records in its fold reaches everyone after what it answers to", async () => {
  const recorder = await openRecorder(join(directory(), "h"), clock);
  const late: string[] = [];
  recorder.subscribe((event) => void (event.kind === "time-zero" && recorder.record({ kind: "faults-over" })));
  recorder.subscribe((event) => void late.push(event.kind));
  recorder.record({ kind: "time-zero" });
  expect(late).toEqual(["time-zero", "faults-over"]);
  await recorder.close();
});

test("a full disk aborts `failed` with what to do; subscribers still see what happens", async () => {
  const where = join(directory(), "h");
  const recorder = await openRecorder(where, clock);
  symlinkSync("/dev/full", join(where, "in-0.log"));
  const seen: string[] = [];
  recorder.subscribe((event) => void seen.push(event.kind));
  recorder.recordFrame(frame("in", 0, ["x"]));
  recorder.record({ kind: "time-zero" });
  expect(recorder.failed.reason).toMatchObject({
    code: "history-unwritable",
    remedy: expect.stringContaining("--out"),
  });
  expect(seen).toEqual(["time-zero"]);
  expect(statSync(join(where, "events.ndjson")).size).toBe(0);
  await expect(recorder.flush()).rejects.toMatchObject({ code: "history-unwritable" });
});
