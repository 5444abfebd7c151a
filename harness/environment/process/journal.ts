import { join } from "node:path";
import { z } from "zod";
import { journalLines, proofSchema as proof } from "../journal-lines.ts";
import type { JournalLine } from "./note.ts";
import type { ProcessProof } from "../proc.ts";

const journalLine: z.ZodType<JournalLine> = z.discriminatedUnion("kind", [
  z.object({ kind: z.enum(["harness", "supervisor"]), proof }),
  z.object({ kind: z.literal("child"), role: z.string(), proof }),
  z.object({ kind: z.literal("token"), token: z.string().min(16) }),
  z.object({ kind: z.literal("disposed") }),
]);

/** One cluster's part of the journal: a run directory may have held several, one after the other. */
export interface JournalledCluster {
  readonly token: string;
  readonly harness: ProcessProof | null;
  readonly supervisor: ProcessProof | null;
  readonly children: readonly { readonly role: string; readonly proof: ProcessProof }[];
  readonly disposed: boolean;
}

const journalName = join("journals", "processes.ndjson");

export function processJournal(runDirectory: string): string {
  return join(runDirectory, journalName);
}

/** What the journal of a run directory says; [] where there is none. A line that is torn or not ours is left out. */
export function readJournal(runDirectory: string): readonly JournalledCluster[] {
  return clusters(journalLines(runDirectory, journalName, journalLine));
}

/** Each `token` line begins a cluster. */
function clusters(lines: readonly JournalLine[]): readonly JournalledCluster[] {
  const found: JournalledCluster[] = [];
  for (const line of lines) {
    const last = found.pop();
    if (line.kind === "token") {
      if (last !== undefined) found.push(last);
      found.push({ token: line.token, harness: null, supervisor: null, children: [], disposed: false });
    } else if (last !== undefined) found.push(withLine(last, line));
  }
  return found;
}

function withLine(cluster: JournalledCluster, line: Exclude<JournalLine, { kind: "token" }>): JournalledCluster {
  switch (line.kind) {
    case "harness":
      return { ...cluster, harness: line.proof };
    case "supervisor":
      return { ...cluster, supervisor: line.proof };
    case "child":
      return { ...cluster, children: [...cluster.children, { role: line.role, proof: line.proof }] };
    case "disposed":
      return { ...cluster, disposed: true };
    default:
      return line satisfies never;
  }
}
