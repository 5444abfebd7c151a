import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { journalLines, proofSchema } from "../../journal-lines.ts";
import { proofOf, type ProcessProof } from "../../proc.ts";

/** Whose containers a run directory stands for. `harness` is the process that has them. */
export interface DockerRun {
  readonly run: string;
  readonly harness: ProcessProof;
  /** The process that removes its containers should the harness die; null: none was started. */
  readonly reaper: ProcessProof | null;
  readonly disposed: boolean;
}

const journalName = join("journals", "docker.ndjson");
const journalLine = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("harness"),
    run: z.string().min(1).max(200),
    proof: proofSchema,
  }),
  z.object({ kind: z.literal("reaper"), proof: proofSchema }),
  z.object({ kind: z.literal("disposed") }),
]);
type JournalLine = z.infer<typeof journalLine>;

/** Before the first container of a run is made: this process is about to make some, labelled with the run's id. */
export function noteDockerRun(directory: string, runId: string): void {
  const proof = proofOf(process.pid);
  if (proof !== null) note(directory, { kind: "harness", run: runId, proof });
}

/** The process with this pid removes the run's containers should this process die. */
export function noteReaper(directory: string, pid: number): void {
  const proof = proofOf(pid);
  if (proof !== null) note(directory, { kind: "reaper", proof });
}

/** After the last container of the run is gone. */
export function noteDockerDisposed(directory: string): void {
  note(directory, { kind: "disposed" });
}

/** What the journal of a run directory says; null where there is none. A line that is torn or not ours is left out. */
export function readDockerJournal(directory: string): DockerRun | null {
  const lines = journalLines(directory, journalName, journalLine);
  const at = lines.findLastIndex(({ kind }) => kind === "harness");
  const last = lines[at];
  if (last?.kind !== "harness") return null;
  const since = lines.slice(at + 1);
  const reaper = since.findLast((line) => line.kind === "reaper")?.proof ?? null;
  return { run: last.run, harness: last.proof, reaper, disposed: since.some(({ kind }) => kind === "disposed") };
}

/** Written before what it tells of is done: at once, not by and by. */
function note(directory: string, line: JournalLine): void {
  mkdirSync(join(directory, "journals"), { recursive: true });
  appendFileSync(join(directory, journalName), `${JSON.stringify(line)}\n`);
}
