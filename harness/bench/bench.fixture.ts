/**
 * Times the judging of recorded and generated histories, each step in a process of its own so that its peak of memory is its
 * own: `npm run bench -- [RECORDS | RUN DIRECTORY …]`. Without any, the recorded reference history and 100,000 generated records.
 */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stepsOf, timeStep, type Measured } from "./steps.fixture.ts";

const [first = "", ...rest] = process.argv.slice(2);
if (first === "--step") console.log(JSON.stringify(await timeStep(rest[0] ?? "", rest[1] ?? "")));
else bench(first === "" ? ["harness/plant/recorded/reference", "100000"] : [first, ...rest]);

function bench(subjects: readonly string[]): void {
  for (const subject of subjects) {
    const directory = mkdtempSync(join(tmpdir(), "rollproof-bench-"));
    try {
      if (existsSync(subject)) cpSync(subject, directory, { recursive: true });
      else console.log(line("write", apart("write", directory, subject)));
      for (const step of stepsOf(directory)) console.log(line(step, apart(step, directory)));
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  }
}

function apart(step: string, directory: string, records = ""): Measured {
  const heap = `--max-old-space-size=${process.env["BENCH_HEAP_MIB"] ?? "384"}`;
  const run = spawnSync(process.execPath, [heap, import.meta.filename, "--step", `${step}:${records}`, directory], {
    stdio: ["ignore", "pipe", "inherit"],
    encoding: "utf8",
  });
  if (run.status !== 0) throw new Error(`${step} ended with ${run.status ?? run.signal}`);
  const measured: Measured = JSON.parse(run.stdout.trim().split("\n").at(-1) ?? "");
  return measured;
}

function line(step: string, { records, cpuMs, wallMs, peakMiB, said }: Measured): string {
  const perSecond = Math.round((records / cpuMs) * 1_000);
  return [
    step.padEnd(8),
    `${records} records`,
    `${Math.round(cpuMs)} ms of CPU`,
    `${Math.round(wallMs)} ms`,
    `${perSecond} records/s of CPU`,
    `peak ${peakMiB} MiB`,
    said,
  ].join("  ");
}
