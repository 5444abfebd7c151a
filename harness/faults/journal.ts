import { existsSync, readFileSync } from "node:fs";
import { mkdir, open } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { UndoStep } from "../model/fault.ts";

const undoStep = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("resume-process"), process: z.string(), pid: z.int() }),
  z.strictObject({ kind: z.literal("restart-process"), process: z.string() }),
  z.strictObject({ kind: z.literal("remove-link-injury"), link: z.string(), injury: z.string() }),
  z.strictObject({
    kind: z.literal("give-back"),
    process: z.string(),
    injury: z.enum(["disconnect", "cut", "fill-disk", "skew-clock", "throttle-cpu", "exhaust-memory"]),
  }),
]);
const entry = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("about-to"),
    fault: z.string(),
    faultKind: z.string(),
    targets: z.array(z.string()),
    undo: z.array(undoStep),
  }),
  z.strictObject({ kind: z.literal("healed"), fault: z.string() }),
]);
export type FaultJournalEntry =
  | {
      readonly kind: "about-to";
      readonly fault: string;
      readonly faultKind: string;
      readonly targets: readonly string[];
      readonly undo: readonly UndoStep[];
    }
  | { readonly kind: "healed"; readonly fault: string };

/** Write-ahead: what is about to be injured and how to undo it, on disk before it happens. */
export interface FaultJournal extends AsyncDisposable {
  /** Resolves when the entry is on disk (fsync). */
  append(entry: FaultJournalEntry): Promise<void>;
}

const fileName = "faults.ndjson";

/** Opens `<directory>/faults.ndjson` for appending. */
export async function openFaultJournal(directory: string): Promise<FaultJournal> {
  await mkdir(directory, { recursive: true });
  const file = await open(join(directory, fileName), "a");
  return {
    async append(entry) {
      await file.appendFile(`${JSON.stringify(entry)}\n`);
      await file.sync();
    },
    [Symbol.asyncDispose]: () => file.close(),
  };
}

/**
 * The faults that were in force when the journal ends, oldest first. A torn last line is what was never begun; a journal
 * that is not there is one without entries.
 */
export function outstandingFaults(
  directory: string,
): readonly Extract<FaultJournalEntry, { readonly kind: "about-to" }>[] {
  const path = join(directory, fileName);
  if (!existsSync(path)) return [];
  const outstanding = new Map<string, Extract<FaultJournalEntry, { readonly kind: "about-to" }>>();
  for (const line of readFileSync(path, "utf8").split("\n")) {
    const read = parseLine(line);
    if (read === null) break;
    if (read.kind === "about-to") outstanding.set(read.fault, read);
    else outstanding.delete(read.fault);
  }
  return [...outstanding.values()];
}

function parseLine(line: string): FaultJournalEntry | null {
  try {
    return entry.parse(JSON.parse(line));
  } catch {
    return null; // a torn tail: nothing behind it happened
  }
}
