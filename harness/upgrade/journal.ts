import { crc32 } from "node:zlib";
import { z } from "zod";
import { sha256 } from "../base/digest.ts";
import { RollproofError } from "../base/errors.ts";
import { canonicalJson } from "../base/json.ts";
import type { Ways } from "../model/way-back.ts";
import type { JournalStore } from "./journal-store.ts";
import { advance, beginState, versionOf, type UpgradeEntry, type UpgradeState } from "./state.ts";

const entrySchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("act-began"), act: z.string() }),
  z.strictObject({ kind: z.literal("act-settled"), act: z.string() }),
  z.strictObject({ kind: z.literal("sources-held"), act: z.string() }),
  z.strictObject({ kind: z.literal("sources-released"), act: z.string() }),
  z.strictObject({ kind: z.literal("roll-back-began"), act: z.string(), why: z.string() }),
  z.strictObject({ kind: z.literal("stopped"), why: z.string() }),
]);
/** The first line of an epoch: all that the epochs before it have settled, so that this file alone tells the whole. */
const openingSchema = z.strictObject({
  kind: z.literal("opened"),
  epoch: z.int().min(1),
  program: z.string(),
  entries: z.array(entrySchema),
});

/** The upgrade's durable journal, held by one coordinator, and the state that it tells. */
export interface UpgradeJournal {
  /** The number of this coordinator: the latest alone may act. */
  readonly epoch: number;
  /** What the coordinators before it wrote. */
  readonly entries: readonly UpgradeEntry[];
  state(): UpgradeState;
  /** Where its last record lies: `upgrade-1.ndjson, line 12`. */
  place(): string;
  /** The version at which a member is to be brought up now; null: that of before the upgrade. */
  versionOf(member: string): string | null;
  /** Resolves when the entry is on disk. Throws `coordinator-fenced` when a newer coordinator has the upgrade: nothing may be done then. */
  append(entry: UpgradeEntry): Promise<void>;
}

const remedy = "Run the plan in a run directory of its own.";

/**
 * Takes the upgrade over: claims the next epoch, reads what happened, and writes it down as its own beginning. A last line that
 * is torn counts as never written: nobody has acted upon it. Throws `plan-invalid` for the journal of another program or one that is
 * damaged before its end.
 *
 * Why two coordinators cannot both act: a new one claims its epoch before it reads, and an old one looks for newer epochs after it
 * has written. So either the new one reads the entry, or the old one sees the claim and does nothing.
 */
export async function openUpgradeJournal(store: JournalStore, { program, back }: Ways): Promise<UpgradeJournal> {
  const ways = back === undefined ? { program } : { program, back };
  const digest = sha256(canonicalJson(back === undefined ? program : ways));
  const epoch = await claimNext(store);
  const entries = await readBefore(store, epoch, digest);
  let state = replay(ways, entries);
  let lines = 0;
  const append = async (line: unknown): Promise<void> => {
    await store.append(epoch, lineOf(line));
    lines += 1;
    const newest = await store.newest();
    if (newest !== epoch)
      throw new RollproofError(
        "coordinator-fenced",
        `Coordinator ${newest} has taken the upgrade over from ${epoch}.`,
        {
          remedy: "Let the newer one carry on, or end it and start another.",
        },
      );
  };
  await append({ kind: "opened", epoch, program: digest, entries });
  return {
    epoch,
    entries,
    state: () => state,
    place: () => `upgrade-${epoch}.ndjson, line ${lines}`,
    versionOf: (member) => versionOf(state, member),
    async append(entry) {
      const next = advance(state, entry);
      await append(entry);
      state = next;
    },
  };
}

async function claimNext(store: JournalStore): Promise<number> {
  for (;;) {
    const epoch = (await store.newest()) + 1;
    if (await store.claim(epoch)) return epoch;
  }
}

/** What the newest epoch below this one tells; one whose owner never wrote its first line tells nothing. */
async function readBefore(store: JournalStore, epoch: number, digest: string): Promise<readonly UpgradeEntry[]> {
  for (let before = epoch - 1; before > 0; before -= 1) {
    const [first, ...rest] = linesOf(await store.read(before));
    if (first === undefined) continue;
    const opening = openingSchema.safeParse(first);
    if (!opening.success) throw damaged(before, 1);
    if (opening.data.program !== digest)
      throw new RollproofError("plan-invalid", "The upgrade's journal is not the journal of this plan's upgrade.", {
        remedy,
      });
    return [...opening.data.entries, ...rest.map((line, i) => entryOf(line, before, i + 2))];
  }
  return [];
}

/** A line of the file: what was written, and the CRC-32 of its JSON text. */
const lineSchema = z.strictObject({ crc: z.int(), written: z.unknown() });

function lineOf(written: unknown): string {
  return `${JSON.stringify({ crc: crc32(JSON.stringify(written)), written })}\n`;
}

/** What every whole line says; null: nothing that was written so. Bytes behind the last newline are a torn tail. */
function linesOf(text: string): readonly unknown[] {
  return text.split("\n").slice(0, -1).map(writtenIn);
}

function writtenIn(line: string): unknown {
  try {
    const { crc, written } = lineSchema.parse(JSON.parse(line));
    return crc === crc32(JSON.stringify(written)) ? written : null;
  } catch {
    return null;
  }
}

function entryOf(line: unknown, epoch: number, number: number): UpgradeEntry {
  const entry = entrySchema.safeParse(line);
  if (!entry.success) throw damaged(epoch, number);
  return entry.data;
}

function damaged(epoch: number, line: number): RollproofError {
  return new RollproofError("plan-invalid", `upgrade-${epoch}.ndjson is damaged at line ${line}.`, { remedy });
}

function replay(ways: Ways, entries: readonly UpgradeEntry[]): UpgradeState {
  try {
    return entries.reduce(advance, beginState(ways));
  } catch (cause) {
    throw new RollproofError("plan-invalid", "The upgrade's journal is not the journal of this plan's upgrade.", {
      remedy,
      cause,
    });
  }
}
