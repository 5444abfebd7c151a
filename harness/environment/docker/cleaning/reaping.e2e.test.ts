import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { isAlive } from "../../proc.ts";
import { noteDockerRun, readDockerJournal } from "./journal.ts";
import { startReaper } from "./reaping.ts";

test("a reaper outlives Ctrl-C and ends at the good-bye, without a word and without a look at Docker", async () => {
  const directory = mkdtempSync(join(tmpdir(), "rollproof-reaping-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  noteDockerRun(directory, "never-started");
  const reaper = startReaper(directory, "never-started");
  const proof = readDockerJournal(directory)?.reaper ?? null;
  if (proof === null) throw new Error("the reaper is not in the journal");
  expect(proof.commandLine).toContain("reaper.ts never-started");
  await expect.poll(() => catchesHangUp(proof.pid), { timeout: 10_000 }).toBe(true); // the last that it learns to
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.kill(proof.pid, signal);
  await sleep(200);
  expect(isAlive(proof)).toBe(true);
  await reaper.dismiss();
  expect(isAlive(proof)).toBe(false);
  expect(readFileSync(join(directory, "journals", "reaper.log"), "utf8")).toBe("");
  expect(readDockerJournal(directory)?.disposed).toBe(false);
});

/** Whether a process handles SIGHUP, signal 1: bit 0 of SigCgt in /proc/<pid>/status (proc(5)). */
function catchesHangUp(pid: number): boolean {
  const [, caught = "0"] = /^SigCgt:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return (BigInt(`0x${caught}`) & 1n) === 1n;
}
