import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { keepOutput, type KeptOutput } from "./keep-output.ts";
import type { OutputLimits } from "./limits.ts";
import { logTail } from "./log-tail.ts";

const limits: OutputLimits = {
  bytesPerSecond: 1_000,
  burstBytes: 4_000,
  lineBytes: 100,
  logBytes: 2_000,
  readBytesPerSecond: 10_000,
};

/** Output that is kept by a clock of the test's; what was heard, and told of what was dropped. */
function keep(of: Partial<OutputLimits> = {}) {
  const folder = mkdtempSync(join(tmpdir(), "rollproof-keep-output-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const clock = { ms: 0 };
  const told: number[] = [];
  const heard: string[] = [];
  const output: KeptOutput = keepOutput({
    log: join(folder, "log"),
    limits: { ...limits, ...of },
    stdout: (kept) => heard.push(kept.toString()),
    dropped: (bytes) => told.push(bytes),
    now: () => clock.ms,
  });
  return { folder, clock, told, heard, output };
}

test("both streams are in the log, and only stdout is heard", () => {
  const { folder, heard, output } = keep();
  output.take("stdout", Buffer.from("out\n"));
  output.take("stderr", Buffer.from("error\n"));
  output.end();
  expect([heard, readFileSync(join(folder, "log"), "utf8")]).toEqual([["out\n"], "out\nerror\n"]);
});

test("a log that goes on and on is three files of a bounded size: its beginning, and its end", async () => {
  const { folder, clock, output } = keep({ bytesPerSecond: 1_000_000, burstBytes: 1_000_000, readBytesPerSecond: 1e9 });
  for (let i = 0; i < 10_000; i += 1) {
    output.take("stdout", Buffer.from(`line ${i} ${"x".repeat(80)}\n`));
    clock.ms += 1;
  }
  output.end();
  const text = (name: string): string => readFileSync(join(folder, name), "utf8");
  expect(readdirSync(folder).toSorted()).toEqual(["log", "log.first", "log.previous"]);
  for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).size).toBeLessThanOrEqual(2_200);
  expect(text("log.first")).toMatch(/^line 0 x/);
  expect(text("log")).toMatch(/^\[rollproof: this log is continued: .*; up to \d+ bytes .* are dropped\]\nline \d+ x/);
  expect(await logTail(join(folder, "log"))).toMatch(/\nline 9999 x+$/);
});

test("what was dropped is told at the first, then once a second at most, and in full at the end", () => {
  const { clock, told, output } = keep();
  for (let i = 0; i < 50; i += 1) {
    output.take("stderr", Buffer.from("y".repeat(1_000)));
    clock.ms += 100;
  }
  output.end();
  expect([told[0], told.length, told.at(-1)]).toEqual([900, 6, 49_900]);
});

test("who prints faster than it is read is told how long to wait", () => {
  const { clock, output } = keep();
  expect(output.take("stdout", Buffer.alloc(10_000))).toBe(0);
  expect(output.take("stdout", Buffer.alloc(5_000))).toBe(500);
  clock.ms += 500;
  expect(output.take("stdout", Buffer.alloc(1_000))).toBe(100);
});
