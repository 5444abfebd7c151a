import { nameOf, type Collected, type Log, type RecordEdit } from "./edits.ts";

/** Where the offsets of one log go when records are taken out of it and put into it. */
export interface Shift {
  /** The new offset of a record. Of one that was removed: where the next one went. */
  of(offset: number): number;
  /** The new value of a "next offset": it passes the same records as before. Inserted ones at that place are not passed. */
  next(offset: number): number;
  /** The new value of an end: inserted records at that place lie below it. */
  end(offset: number): number;
  isRemoved(offset: number): boolean;
}

export const unmoved: Shift = { of: (at) => at, next: (at) => at, end: (at) => at, isRemoved: () => false };

export interface Shifts {
  of(log: Log): Shift;
  /** Topics that have a log in which something moves. */
  readonly topics: ReadonlySet<string>;
}

export function shiftsOf({ records, insertions }: Collected): Shifts {
  const shifts = new Map<string, Shift>();
  for (const name of new Set([...records.keys(), ...insertions.keys()])) {
    const ofKind = (wanted: RecordEdit["kind"]): ReadonlySet<number> =>
      new Set([...(records.get(name) ?? [])].flatMap(([at, { kind }]) => (kind === wanted ? [at] : [])));
    const [removed, lost] = [ofKind("remove"), ofKind("lose")];
    const inserted = (insertions.get(name) ?? []).map(({ before, insertion }) => ({
      before,
      count: insertion.records.length,
    }));
    if (removed.size + lost.size + inserted.length > 0) shifts.set(name, shiftOf(removed, lost, inserted));
  }
  return {
    of: (log) => (shifts.size === 0 ? unmoved : (shifts.get(nameOf(log)) ?? unmoved)),
    topics: new Set([...shifts.keys()].map((name) => name.slice(0, name.lastIndexOf("-")))),
  };
}

function shiftOf(
  removed: ReadonlySet<number>,
  lost: ReadonlySet<number>,
  inserted: readonly { readonly before: number; readonly count: number }[],
): Shift {
  const removals = [...removed];
  const moved = (at: number, isPassed: (before: number) => boolean): number => {
    let to = at;
    for (const one of removals) if (one < at) to -= 1;
    for (const { before, count } of inserted) if (isPassed(before)) to += count;
    return to;
  };
  const upTo = (at: number): number => moved(at, (before) => before <= at);
  return {
    of: upTo,
    next: (at) => (at < 0 ? at : moved(at, (before) => before < at)),
    end: (at) => (at < 0 ? at : upTo(at) - [...lost].filter((one) => one < at).length),
    isRemoved: (at) => removed.has(at) || lost.has(at),
  };
}
