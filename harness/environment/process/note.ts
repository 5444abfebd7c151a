import { appendFileSync } from "node:fs";
import { proofOf, type ProcessProof } from "../proc.ts";

/**
 * A line of <run>/journals/processes.ndjson. `token` begins a cluster; `disposed` says that everything of it was taken down in
 * order.
 */
export type JournalLine =
  | { readonly kind: "token"; readonly token: string }
  | { readonly kind: "harness" | "supervisor"; readonly proof: ProcessProof }
  | { readonly kind: "child"; readonly role: string; readonly proof: ProcessProof }
  | { readonly kind: "disposed" };

/** Appends at once: the line is there although the writer dies next. */
export function note(journal: string, line: JournalLine): void {
  appendFileSync(journal, `${JSON.stringify(line)}\n`);
}

/** Journals a process of our own by its pid; one that has ended already needs no line. */
export function noteProcess(journal: string, kind: "harness" | "supervisor", pid: number): void {
  const proof = proofOf(pid);
  if (proof !== null) note(journal, { kind, proof });
}
