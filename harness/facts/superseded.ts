import type { Records } from "../model/evidence.ts";
import type { ExpectedEffect, ExpectedOutput } from "../model/pipeline.ts";
import { keyIdentity, keyIdentityAt } from "../model/record-key.ts";
import type { TaskRow } from "./commit-rows.ts";
import { addBit, hasBit, beginBits, type PagedBits } from "./paged-bits.ts";

/**
 * Outputs that f allows to be superseded (`ExpectedOutput.mayBeSuperseded`): a store cache, as Kafka Streams has by default, writes
 * only the last output of a key before a commit. A missing one counts as written where the same commit covers it, and a later
 * output of its topic and key was written since the commit before.
 *
 * Rests on commits of a task arriving in their order: behind one that comes late, an output of the stretch before may pass as superseded.
 */
export interface Superseded {
  /** Plain outputs without headers come after all commits: which of them were superseded cannot be told. */
  readonly isLate: boolean;
  /** Outputs that may be superseded, or lost. */
  untold: number;
  /** Source offsets whose output another one stands for. */
  readonly offsets: PagedBits;
  /** Source offsets with an output that may be superseded. */
  readonly allowed: PagedBits;
  /** The last output written since the last commit, by topic and key; only where `allowed` has any. */
  readonly written: Map<string, Last>;
  /** The highest offset committed so far: the next to read. */
  covered: number;
}

interface Last {
  readonly cause: number;
  readonly ordinal: number;
}

export function beginSuperseded(isLate: boolean): Superseded {
  return { isLate, untold: 0, offsets: beginBits(), allowed: beginBits(), written: new Map(), covered: 0 };
}

export function learnAllowed({ allowed }: Superseded, offset: number, { outputs }: ExpectedEffect): void {
  if (outputs.some(({ mayBeSuperseded }) => mayBeSuperseded === true)) addBit(allowed, offset);
}

/** Output `i` was committed. */
export function learnWritten({ allowed, written }: Superseded, records: Records, i: number): void {
  if (allowed.count === 0) return;
  const name = nameOf(records.topic, keyIdentityAt(records, i));
  const now = { cause: records.causeOffset[i] ?? -1, ordinal: records.ordinal[i] ?? 0 };
  const last = written.get(name);
  if (last === undefined || isLater(now, last)) written.set(name, now);
}

export interface Missing {
  readonly offset: number;
  readonly ordinal: number;
}

/** What this commit of the task shows to be superseded, of f's answers still `open` and outputs not written. */
export function supersededBy(
  superseded: Superseded,
  { row }: TaskRow,
  open: ReadonlyMap<number, ExpectedEffect>,
  isWritten: (output: Missing) => boolean,
): readonly Missing[] {
  const next = row.commit?.nextOffset ?? null;
  if (next === null || row.outcome === "undecided") return [];
  const { allowed, written, offsets, covered } = superseded;
  superseded.covered = Math.max(covered, next);
  if (allowed.count === 0) return [];
  const found: Missing[] = [];
  for (const [offset, { outputs }] of open) {
    if (offset >= next) break; // answers come in the order of the source
    if (offset < covered || !hasBit(allowed, offset)) continue;
    for (const output of outputs) {
      const missing = { offset, ordinal: output.ordinal };
      const mayBe = superseded.isLate ? output.mayBeSuperseded === true : isSuperseded(output, offset, written);
      if (mayBe && !isWritten(missing)) found.push(missing);
    }
  }
  for (const { offset } of found) addBit(offsets, offset);
  if (superseded.isLate) superseded.untold += found.length;
  for (const [name, { cause }] of written) if (cause < superseded.covered) written.delete(name);
  return found;
}

function isSuperseded(output: ExpectedOutput, cause: number, written: ReadonlyMap<string, Last>): boolean {
  const { topic, key, ordinal, mayBeSuperseded } = output;
  const last = mayBeSuperseded === true ? written.get(nameOf(topic, keyIdentity(key))) : undefined;
  return last !== undefined && isLater(last, { cause, ordinal });
}

function isLater(a: Last, b: Last): boolean {
  return a.cause > b.cause || (a.cause === b.cause && a.ordinal > b.ordinal);
}

function nameOf(topic: string, key: string): string {
  return `${topic} ${key}`;
}
