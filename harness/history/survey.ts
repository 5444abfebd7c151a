import { beginDigest } from "../base/digest.ts";
import { contentOf } from "./block.ts";
import { walkBlocks, type Damage, type FoundBlock } from "./block-walk.ts";
import { decodeManifest } from "./events.ts";
import { digestOf } from "./files.ts";
import type { HistoryFile } from "./history-file.ts";

/**
 * The first pass over a history: checks every block, and finds how far all files go. Only the events' blocks are
 * decompressed, for their manifests.
 */
export interface Survey {
  /** Null without a sound block of events. */
  readonly history: number | null;
  /** All items below this seq are in the files, but for what damaged blocks held. Later ones are not to be judged. */
  readonly commonEnd: number;
  /** Some file holds items at or above `commonEnd`. */
  readonly goesOn: boolean;
  /** Logs that lack their end, with the seq below which the events say they were written. */
  readonly cut: ReadonlyMap<string, number>;
  readonly damage: readonly { readonly file: HistoryFile; readonly damage: Damage }[];
  /** Over all blocks but the last one of the events, which holds `run-ended`. */
  readonly digest: string;
}

export function survey(events: HistoryFile | null, logs: readonly HistoryFile[]): Survey {
  const history = events === null ? null : historyOf(events);
  const damage: { readonly file: HistoryFile; readonly damage: Damage }[] = [];
  const digests = new Map<string, string>();
  const known = new Map<string, number>();

  function pass(file: HistoryFile, see: (block: FoundBlock) => void): void {
    file.cursor.rewind();
    const blocks = walkBlocks(file.cursor, { history, file: file.id });
    let step = blocks.next();
    for (; step.done !== true; step = blocks.next())
      if (step.value.kind === "damage") damage.push({ file, damage: step.value.damage });
      else see(step.value);
    known.set(file.name, step.value);
  }

  for (const log of logs) {
    const digest = beginDigest();
    pass(log, ({ headerBytes }) => digest.add(headerBytes));
    digests.set(log.name, digest.hex());
  }
  const common = beginCommon(known);
  if (events !== null) {
    const digest = beginDigest();
    let before: Uint8Array | null = null;
    pass(events, (block) => {
      if (before !== null) digest.add(before);
      before = block.headerBytes.slice();
      common.see(block);
    });
    digests.set(events.name, digest.hex());
  }
  const commonEnd = common.end();
  const goesOn = [...known.values()].some((below) => below > commonEnd);
  return { history, commonEnd, goesOn, cut: common.cut(), damage, digest: digestOf(digests) };
}

/** The history that the first sound block of events names. */
function historyOf(events: HistoryFile): number | null {
  for (const found of walkBlocks(events.cursor, { history: null, file: events.id }))
    if (found.kind === "block") return found.header.history;
  return null;
}

/** Follows the manifests up to the first one that says more of a log than is there. */
function beginCommon(known: ReadonlyMap<string, number>): {
  see(block: FoundBlock): void;
  end(): number;
  cut(): ReadonlyMap<string, number>;
} {
  const cut = new Map<string, number>();
  let end = 0;
  return {
    see({ header, body }) {
      const content = contentOf(header, body);
      const parts = typeof content === "string" ? content : decodeManifest(content);
      if (typeof parts === "string") return; // named when its events are read
      for (const [file, below] of parts.manifest) if (below > (known.get(file) ?? 0)) cut.set(file, below);
      if (cut.size === 0) end = header.next;
    },
    end: () => end,
    cut: () => cut,
  };
}
