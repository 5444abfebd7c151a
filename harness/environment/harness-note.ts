import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { journalLines, proofSchema } from "./journal-lines.ts";
import { isAlive, proofOf } from "./proc.ts";

function noteOf(directory: string): string {
  return join(directory, "journals", "harness.ndjson");
}

/**
 * This process makes the run of this directory. Written before anything else is there, so that nobody takes a run in its first
 * moments for a dead one. Throws what the file system says.
 */
export function noteHarness(directory: string): void {
  mkdirSync(join(directory, "journals"), { recursive: true });
  const proof = proofOf(process.pid);
  if (proof !== null) writeFileSync(noteOf(directory), `${JSON.stringify(proof)}\n`);
}

/** Whether the process that makes, judges or reports the run of this directory still lives. */
export function isHarnessAlive(directory: string): boolean {
  return journalLines(noteOf(directory), proofSchema).some(isAlive);
}
