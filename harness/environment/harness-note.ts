import { mkdirSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { z } from "zod";
import { isOwnDirectory } from "../base/own-files.ts";
import { journalLines, proofSchema } from "./journal-lines.ts";
import { isAlive, proofOf } from "./proc.ts";

const noteName = join("journals", "harness.ndjson");
/** `proof` is null where the system cannot give one (no /proc). */
const note = z.object({ run: z.string().min(1).max(255), proof: proofSchema.nullable() });

/**
 * This process makes the run of this directory. Written before anything else is there, so that nobody takes a run in its first
 * moments for a dead one. It names the run, which makes it the mark by which `clean` knows a run directory. Throws what the file
 * system says.
 */
export function noteHarness(directory: string): void {
  mkdirSync(join(directory, "journals"), { recursive: true });
  const line = { run: basename(resolve(directory)), proof: proofOf(process.pid) };
  writeFileSync(join(directory, noteName), `${JSON.stringify(line)}\n`);
}

/** Whether a harness made this directory as the run of its name. A link, or a copy under another name, is none. */
export function isRunDirectory(directory: string): boolean {
  const name = basename(resolve(directory));
  return isOwnDirectory(directory) && journalLines(directory, noteName, note).some(({ run }) => run === name);
}

/** Whether the process that makes, judges or reports the run of this directory still lives. */
export function isHarnessAlive(directory: string): boolean {
  return journalLines(directory, noteName, note).some(({ proof }) => proof !== null && isAlive(proof));
}
