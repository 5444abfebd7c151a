import { readdirSync } from "node:fs";
import { RollproofError } from "../base/errors.ts";
import { fileRefused, isLink } from "../base/own-files.ts";
import type { HistoryEnd, HistoryItem, HistoryProblem } from "../model/history.ts";
import { beginAccount, type Account } from "./account.ts";
import { eventsFile, parseLogFile } from "./files.ts";
import { openHistoryFile, problemOf, type HistoryFile } from "./history-file.ts";
import { seqOf, beginItemStream, type ItemStream } from "./item-stream.ts";
import { survey, type Survey } from "./survey.ts";

/** A recorded history, read as a stream: memory is bounded by the number of files times one block. */
export interface History {
  /**
   * Events and frames in seq order. A damaged block costs its own items, which `end` names as lost; when a file lacks its
   * end, the items end where the shortest file does.
   */
  items(): Generator<HistoryItem, void>;
  /** How it ended; known once `items` has run to its end. */
  end(): HistoryEnd;
}

/** `directory` is the history's own (`<run>/history`). Throws only when there is no such directory. */
export function readHistory(directory: string): History {
  const { names, odd } = list(directory);
  let ended: HistoryEnd | null = null;
  return {
    *items() {
      const account = beginAccount();
      for (const problem of odd) account.add(problem);
      const files = open(directory, names, account);
      try {
        ended = yield* judged(files, account);
      } finally {
        for (const file of files) file.cursor.close();
      }
    },
    end() {
      if (ended === null)
        throw new RollproofError("defect", "The end of a history was asked for before it was read.", {
          remedy: "Read all of items() first.",
        });
      return ended;
    },
  };
}

/** The items below the common end, and what is wrong. */
function* judged(files: readonly HistoryFile[], account: Account): Generator<HistoryItem, HistoryEnd> {
  const events = files.find(({ place }) => place === null) ?? null;
  const found = survey(
    events,
    files.filter((file) => file !== events),
  );
  for (const { file, damage } of found.damage) account.lose(file, damage);
  const streams = files.map((file) =>
    beginItemStream(file, { history: found.history, lost: (damage) => account.lose(file, damage) }),
  );
  const nextOffsets = new Map<string, number>();
  for (const { item, file } of merged(streams)) {
    if (seqOf(item) >= found.commonEnd) break;
    account.take(item);
    if (item.kind === "frame") nextOffsets.set(file.name, item.batch.lastOffset + 1);
    yield item;
  }
  for (const problem of cutProblems(found, files, nextOffsets)) account.add(problem);
  return account.end(found.digest);
}

/** k-way merge by seq. The streams are few (one per partition), so the smallest head is looked for, not heaped. */
function* merged(
  streams: readonly ItemStream[],
): Generator<{ readonly item: HistoryItem; readonly file: HistoryFile }, void> {
  const heads = streams.map((stream) => stream.next());
  const seqs = Float64Array.from(heads, (head) => (head === null ? Infinity : seqOf(head)));
  for (;;) {
    let least = 0;
    for (let i = 1; i < seqs.length; i += 1) if ((seqs[i] ?? Infinity) < (seqs[least] ?? Infinity)) least = i;
    const [item, stream] = [heads[least] ?? null, streams[least]];
    if (item === null || stream === undefined) return;
    const next = stream.next();
    heads[least] = next;
    seqs[least] = next === null ? Infinity : seqOf(next);
    yield { item, file: stream.file };
  }
}

/** What the files that end too early cost: everything from the common end on. */
function cutProblems(
  { commonEnd, cut, goesOn }: Survey,
  files: readonly HistoryFile[],
  nextOffsets: ReadonlyMap<string, number>,
): readonly HistoryProblem[] {
  const sizeOf = (name: string): number => files.find((file) => file.name === name)?.cursor.size ?? 0;
  const judged = `Only what all files have in common was read: the items below ${commonEnd}`;
  if (cut.size === 0 && goesOn) {
    const what = `It ends before other files do. ${judged}`;
    return [{ file: eventsFile, byte: sizeOf(eventsFile), what, lost: null }];
  }
  return [...cut].map(([name, below]) =>
    problemOf(
      { name, place: parseLogFile(name) },
      {
        byte: sizeOf(name),
        what: `It was written up to item ${below - 1} and lacks its end. ${judged}`,
        offsets: { from: nextOffsets.get(name) ?? 0, to: null },
      },
    ),
  );
}

function list(directory: string): { readonly names: readonly string[]; readonly odd: readonly HistoryProblem[] } {
  if (isLink(directory)) throw fileRefused(directory, "is a symbolic link");
  try {
    const entries = readdirSync(directory, { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1));
    const known = entries.filter(
      (entry) => entry.isFile() && (entry.name === eventsFile || parseLogFile(entry.name) !== null),
    );
    const odd = entries.filter((entry) => !known.includes(entry));
    const what = "This is no file of a history; it was not read";
    return {
      names: known.map(({ name }) => name),
      odd: odd.map(({ name }) => ({ file: name, byte: 0, what, lost: null })),
    };
  } catch (cause) {
    throw new RollproofError("file-missing", `There is no readable history in ${directory}.`, {
      remedy: `Name a run directory which holds history/${eventsFile}.`,
      cause,
    });
  }
}

function open(directory: string, names: readonly string[], account: Account): readonly HistoryFile[] {
  const files: HistoryFile[] = [];
  for (const name of names)
    try {
      files.push(openHistoryFile(directory, name));
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      account.add({ file: name, byte: 0, what: `It cannot be opened: ${why}`, lost: null });
    }
  return files;
}
