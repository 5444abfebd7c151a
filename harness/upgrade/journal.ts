import { existsSync } from "node:fs";
import { mkdir, open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { RollproofError } from "../base/errors.ts";
import type { PipelineDescription } from "../model/pipeline.ts";
import type { Plan } from "../model/plan.ts";
import { upgradePhases } from "../model/scenario.ts";
import { advance, startOf, versionOf, type UpgradeEntry, type UpgradeProgram, type UpgradeState } from "./machine.ts";

const step = z.int().min(0);
const phase = z.enum(upgradePhases);
const entrySchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("phase-began"), step, phase }),
  z.strictObject({ kind: z.literal("phase-settled"), step, phase }),
  z.strictObject({ kind: z.literal("step-settled"), step }),
  z.strictObject({ kind: z.literal("finalise-began") }),
  z.strictObject({ kind: z.literal("finalised"), epoch: z.int() }),
  z.strictObject({ kind: z.literal("stopped"), why: z.string() }),
]);

/** The upgrade's durable journal and the state that it tells. */
export interface UpgradeJournal extends AsyncDisposable {
  state(): UpgradeState;
  /** The version at which a member is to be brought up now. */
  versionOf(member: string): string;
  /** Resolves when the entry is on disk (fsync). */
  append(entry: UpgradeEntry): Promise<void>;
}

/** What the plan asks of the coordinator; without a flag to activate there is nothing to finalise. */
export function programOf(
  plan: { readonly upgrade: Plan["upgrade"]; readonly scenario: { readonly upgrade: { readonly finalise: boolean } } },
  description: Pick<PipelineDescription, "activate">,
): UpgradeProgram {
  return { steps: plan.upgrade, finalise: plan.scenario.upgrade.finalise && description.activate !== null };
}

/**
 * Opens `<directory>/upgrade.ndjson`, reads what has happened, and cuts off a torn last line: an intention that never
 * reached the disk was never acted upon. Throws `plan-invalid` when the journal is of another plan, or damaged before its end.
 */
export async function openUpgradeJournal(directory: string, program: UpgradeProgram): Promise<UpgradeJournal> {
  await mkdir(directory, { recursive: true });
  const path = join(directory, "upgrade.ndjson");
  const read = readEntries(existsSync(path) ? await readFile(path) : Buffer.alloc(0));
  let state = replay(program, read, path);
  const file = await open(path, "a");
  await file.truncate(read.soundBytes);
  return {
    state: () => state,
    versionOf: (member) => versionOf(state, member),
    async append(entry) {
      const next = advance(state, entry);
      await file.appendFile(`${JSON.stringify(entry)}\n`);
      await file.sync();
      state = next;
    },
    [Symbol.asyncDispose]: () => file.close(),
  };
}

interface ReadBack {
  readonly entries: readonly UpgradeEntry[];
  readonly soundBytes: number;
  /** A line that is not an entry stands before the end: what was done behind it is not known. */
  readonly damaged: boolean;
}

/** The entries up to the first line that is not one. Bytes behind the last newline are a torn tail. */
function readEntries(bytes: Buffer): ReadBack {
  const entries: UpgradeEntry[] = [];
  let soundBytes = 0;
  for (;;) {
    const end = bytes.indexOf(0x0a, soundBytes);
    const entry = end === -1 ? null : parseEntry(bytes.toString("utf8", soundBytes, end));
    if (entry === null) return { entries, soundBytes, damaged: end !== -1 };
    entries.push(entry);
    soundBytes = end + 1;
  }
}

function parseEntry(line: string): UpgradeEntry | null {
  try {
    return entrySchema.parse(JSON.parse(line));
  } catch {
    return null;
  }
}

function replay(program: UpgradeProgram, read: ReadBack, path: string): UpgradeState {
  const remedy = "Run the plan in a run directory of its own.";
  if (read.damaged)
    throw new RollproofError("plan-invalid", `${path} is damaged at byte ${read.soundBytes}.`, { remedy });
  try {
    return read.entries.reduce(advance, startOf(program));
  } catch (cause) {
    throw new RollproofError("plan-invalid", `${path} is not the journal of this plan's upgrade.`, { remedy, cause });
  }
}
