import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { beginClock } from "../base/clock.ts";
import { openRecorder } from "../history/recorder.ts";

const main = join(import.meta.dirname, "main.ts");
let run = "";

beforeAll(async () => {
  run = await mkdtemp(join(tmpdir(), "rollproof-events-"));
  const recorder = await openRecorder(join(run, "history"), beginClock());
  recorder.record({ kind: "run-phase", phase: "\u001b[2Jboot\u{e0041}" });
  for (let i = 1; i < 20_000; i += 1) recorder.record({ kind: "time-zero" });
  await recorder.close();
});
afterAll(() => rm(run, { recursive: true, force: true }));

test("events come one a line, as JSON that steers no terminal", () => {
  const { stdout, stderr, status } = spawnSync(process.execPath, [main, "events", run], {
    encoding: "utf8",
    maxBuffer: 16e6,
  });
  const lines = stdout.trimEnd().split("\n");
  expect([lines.length, stderr, status]).toEqual([20_001, "", 0]);
  expect(lines[0]).toMatch(/^[\x20-\x7e]+$/);
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({ seq: 0, phase: "\u001b[2Jboot\u{e0041}" });
}, 120_000);

test("whoever stops reading after the first line ends it without a word, as for every verb", async () => {
  const child = spawn(process.execPath, [main, "events", run], { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  await once(child.stdout, "data");
  child.stdout.destroy();
  expect(await once(child, "close")).toEqual([141, null]);
  expect(said).toBe("");
}, 120_000);

test("what is wrong with the files goes to stderr", async () => {
  await truncate(join(run, "history", "events.log"), 2_000);
  const { stderr, status } = spawnSync(process.execPath, [main, "events", run], { encoding: "utf8", maxBuffer: 16e6 });
  expect([stderr.split("\n")[0], status]).toEqual(["history file events.log, byte 0: The last block was cut off", 0]);
}, 120_000);
