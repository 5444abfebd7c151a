import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RollproofError } from "../base/errors.ts";
import { root } from "../run/provenance.ts";
import type { HistoryName } from "./model.ts";
import { loadRecorded, recordedFolder } from "./recorded.ts";

/** What of a run directory is kept: all that `check` reads. */
const kept = ["plan.json", "run.json", "scenario.yaml", "history"] as const;

/** Runs each history's scenario on a real Kafka and keeps the run when it is valid. */
export async function record(names: readonly HistoryName[], say: (line: string) => void): Promise<void> {
  for (const name of names) {
    const out = mkdtempSync(join(tmpdir(), "rollproof-record-"));
    try {
      say(`records ${name}`);
      await run(name, out);
      const [runId] = readdirSync(out);
      if (runId === undefined) throw new Error(`The run of ${name} left no directory.`);
      await loadRecorded(name, join(out, runId));
      keep(join(out, runId), join(recordedFolder, name));
    } finally {
      rmSync(out, { recursive: true, force: true });
    }
  }
}

async function run(name: HistoryName, out: string): Promise<void> {
  const scenario = join(root, "scenarios", "plant", `${name}.yaml`);
  const argv = [
    join(root, "harness", "bootstrap", "main.mjs"),
    "run",
    scenario,
    "--environment",
    "process",
    "--out",
    out,
  ];
  const child = spawn(process.execPath, argv, { stdio: "inherit" });
  const [code]: unknown[] = await once(child, "exit");
  if (code !== 0)
    throw new RollproofError("usage", `The run of ${name} ended with exit code ${String(code)}.`, {
      remedy: "Read what it printed; run it again when the machine is quiet.",
    });
}

function keep(from: string, to: string): void {
  rmSync(to, { recursive: true, force: true });
  for (const part of kept) cpSync(join(from, part), join(to, part), { recursive: true });
  const members = join(from, "members");
  for (const member of readdirSync(members))
    for (const incarnation of readdirSync(join(members, member)))
      for (const part of ["disk", "checkpoints"]) {
        const path = join("members", member, incarnation, part);
        if (/^\d+$/.test(incarnation) && existsSync(join(from, path)))
          cpSync(join(from, path), join(to, path), { recursive: true });
      }
}
