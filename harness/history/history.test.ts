import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { itemBytesMax } from "./block.ts";
import { clock, frame, read, recorded, Scratch, threeRounds } from "./recorded.fixture.ts";
import { openRecorder } from "./recorder.ts";

test("what was recorded is read back in seq order, whole, and complete", async () => {
  using scratch = new Scratch();
  const seen = await recorded(scratch.history, threeRounds);
  const { items, end } = read(scratch.history);
  expect(items).toEqual(seen);
  expect(items.map((item) => (item.kind === "event" ? item.event.seq : item.batch.seq))).toEqual([...seen.keys()]);
  expect(end).toEqual({ complete: true, events: 4, frames: 5, problems: [] });
});

test("a history without an event but its own end is complete", async () => {
  using scratch = new Scratch();
  await recorded(scratch.history, () => undefined);
  expect(read(scratch.history).end).toEqual({ complete: true, events: 1, frames: 0, problems: [] });
});

test("subscribers see an item at once; the disk has it a second later, and after flush", async () => {
  using scratch = new Scratch();
  const recorder = await openRecorder(scratch.history, clock);
  const seen: number[] = [];
  recorder.subscribe((event) => void seen.push(event.seq));
  recorder.record({ kind: "time-zero" });
  expect([seen, read(scratch.history).items.length]).toEqual([[0], 0]);
  await expect.poll(() => read(scratch.history).items.length, { timeout: 10_000 }).toBe(1);
  recorder.recordFrame(frame("in", 0, ["x"]));
  await recorder.flush();
  expect(read(scratch.history).items.length).toBe(2);
  await recorder.close();
});

test("256 KB of one file are written at once, with all that waits for other files", async () => {
  using scratch = new Scratch();
  const recorder = await openRecorder(scratch.history, clock);
  recorder.record({ kind: "time-zero" });
  recorder.recordFrame(frame("a", 0, ["x"]));
  recorder.recordFrame(frame("b", 0, ["y".repeat(256 * 1024)]));
  expect(read(scratch.history).items.length).toBe(3);
  await recorder.close();
});

test("nothing is written after close, though something waited", async () => {
  using scratch = new Scratch();
  const recorder = await openRecorder(scratch.history, clock);
  recorder.record({ kind: "time-zero" });
  await recorder.close();
  recorder.record({ kind: "faults-over" });
  const sizes = (): readonly number[] =>
    readdirSync(scratch.history).map((name) => statSync(join(scratch.history, name)).size);
  const before = sizes();
  await sleep(1_200);
  expect(sizes()).toEqual(before);
  expect(read(scratch.history).end.complete).toBe(true);
});

test("a SIGKILL of the harness loses what no block held yet, and leaves what all files have in common", () => {
  using scratch = new Scratch();
  const code = `
    const { openRecorder } = await import(${JSON.stringify(join(import.meta.dirname, "recorder.ts"))});
    const recorder = await openRecorder(${JSON.stringify(scratch.history)}, { now: () => 1, wallMs: () => 0 });
    for (let i = 0; i < 500; i += 1) recorder.record({ kind: "run-phase", phase: String(i) });
    await new Promise((resolve) => setTimeout(resolve, 1500));
    for (let i = 0; i < 10; i += 1) recorder.record({ kind: "run-phase", phase: String(i) });
    process.kill(process.pid, "SIGKILL");
  `;
  expect(spawnSync(process.execPath, ["--input-type=module", "-e", code]).signal).toBe("SIGKILL");
  const { items, end } = read(scratch.history);
  expect([items.length, end.complete]).toEqual([500, false]);
  expect(end.problems.map(({ what }) => what)).toEqual([
    "The history does not end with run-ended: the harness did not finish, or the end is cut off",
  ]);
});

test("a SIGKILL in the middle of writing leaves a prefix of all files together", async () => {
  using scratch = new Scratch();
  const module = (name: string): string => JSON.stringify(join(import.meta.dirname, name));
  const code = `
    const { openRecorder } = await import(${module("recorder.ts")});
    const { frame } = await import(${module("recorded.fixture.ts")});
    const recorder = await openRecorder(${JSON.stringify(scratch.history)}, { now: () => 1, wallMs: () => 0 });
    for (let i = 0; ; i += 1) {
      recorder.record({ kind: "run-phase", phase: String(i) });
      for (const topic of ["a", "b", "c"]) recorder.recordFrame(frame(topic, i, [String(i).repeat(500)]));
    }
  `;
  const child = spawn(process.execPath, ["--input-type=module", "-e", code], { stdio: "ignore" });
  const written = (): number => (existsSync(scratch.history) ? scratch.bytes() : 0);
  await expect.poll(written, { timeout: 60_000, interval: 20 }).toBeGreaterThan(60_000);
  child.kill("SIGKILL");
  await once(child, "exit");
  const { items, end } = read(scratch.history);
  expect(items.length).toBeGreaterThan(100);
  expect(items.every((item, i) => (item.kind === "event" ? item.event.seq : item.batch.seq) === i)).toBe(true);
  expect(end.complete).toBe(false);
}, 120_000);

test("a strange, linked or special file is named and not read", async () => {
  using scratch = new Scratch();
  await recorded(scratch.history, threeRounds);
  writeFileSync(join(scratch.history, "..-0.log.bak"), "");
  symlinkSync("/etc/passwd", join(scratch.history, "x-0.log"));
  mkdirSync(join(scratch.history, "y-0.log"));
  spawnSync("mkfifo", [join(scratch.history, "z-0.log")]);
  const { items, end } = read(scratch.history);
  expect(end.problems.map(({ file }) => file)).toEqual(["..-0.log.bak", "x-0.log", "y-0.log", "z-0.log"]);
  expect([items.length, end.complete]).toEqual([9, false]);
});

test("a topic name that Kafka would refuse never becomes a path: the history fails, and says so", async () => {
  using scratch = new Scratch();
  const recorder = await openRecorder(scratch.history, clock);
  recorder.recordFrame(frame("../../escape", 0, ["x"]));
  expect(recorder.failed.reason).toMatchObject({ code: "history-unwritable" });
  await expect(recorder.close()).rejects.toMatchObject({ code: "history-unwritable" });
  expect(readdirSync(scratch.path)).toEqual(["history"]);
});

test("a batch that no block can hold fails the history with what to lower, instead of being lost later", async () => {
  using scratch = new Scratch();
  const recorder = await openRecorder(scratch.history, clock);
  recorder.recordFrame(frame("in", 0, ["x".repeat(itemBytesMax)]));
  expect(recorder.failed.reason).toMatchObject({ remedy: expect.stringContaining("max.message.bytes") });
  await expect(recorder.close()).rejects.toMatchObject({ code: "defect" });
});

test("a subscriber that throws becomes a defect event and is detached; the others go on", async () => {
  using scratch = new Scratch();
  const recorder = await openRecorder(scratch.history, clock);
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
  expect(read(scratch.history).end).toEqual({ complete: true, events: 4, frames: 0, problems: [] });
});

test("what a subscriber records in its fold reaches everyone after what it answers to", async () => {
  using scratch = new Scratch();
  const recorder = await openRecorder(scratch.history, clock);
  const late: string[] = [];
  recorder.subscribe((event) => void (event.kind === "time-zero" && recorder.record({ kind: "faults-over" })));
  recorder.subscribe((event) => void late.push(event.kind));
  recorder.record({ kind: "time-zero" });
  expect(late).toEqual(["time-zero", "faults-over"]);
  await recorder.close();
});

test("a full disk aborts `failed` with what to do; subscribers still see what happens", async () => {
  using scratch = new Scratch();
  const recorder = await openRecorder(scratch.history, clock);
  symlinkSync("/dev/full", join(scratch.history, "in-0.log"));
  const seen: string[] = [];
  recorder.subscribe((event) => void seen.push(event.kind));
  recorder.recordFrame(frame("in", 0, ["x"]));
  recorder.record({ kind: "time-zero" });
  await expect(recorder.flush()).rejects.toMatchObject({ code: "history-unwritable" });
  recorder.record({ kind: "faults-over" });
  expect(recorder.failed.reason).toMatchObject({
    code: "history-unwritable",
    remedy: expect.stringContaining("--out"),
  });
  expect(seen).toEqual(["time-zero", "faults-over"]);
  expect(statSync(join(scratch.history, "events.log")).size).toBe(0);
});

test("a history that is itself a link is refused by name", async () => {
  using scratch = new Scratch();
  await recorded(scratch.history, threeRounds);
  const link = `${scratch.history}-link`;
  symlinkSync(scratch.history, link);
  expect(() => read(link)).toThrow(`${link} is a symbolic link.`);
});
