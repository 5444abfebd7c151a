import type { HistoryItem } from "../model/history.ts";
import { contentOf } from "./block.ts";
import { walkBlocks, type Damage, type FoundBlock } from "./block-walk.ts";
import { decodeEvents } from "./events.ts";
import { decodeFrames } from "./frames.ts";
import type { HistoryFile } from "./history-file.ts";

/** The items of one file in seq order. Holds one block. */
export interface ItemStream {
  readonly file: HistoryFile;
  /** Null at the end of the file. */
  next(): HistoryItem | null;
}

/** `lost` hears of each stretch that is passed over before the item after it is given. */
export function beginItemStream(
  file: HistoryFile,
  options: { readonly history: number | null; readonly lost: (damage: Damage) => void },
): ItemStream {
  file.cursor.rewind();
  const blocks = walkBlocks(file.cursor, { history: options.history, file: file.id });
  let items: Iterator<HistoryItem, void> = [].values();

  function nextItems(): Iterator<HistoryItem, void> | null {
    for (let step = blocks.next(); step.done !== true; step = blocks.next()) {
      if (step.value.kind === "damage") {
        options.lost(step.value.damage);
        continue;
      }
      const { byte, header } = step.value;
      const decoded = decode(file, step.value);
      if (typeof decoded !== "string") return decoded;
      const seqs = { from: header.firstSeq, to: header.lastSeq };
      const offsets = { from: header.from, to: header.next - 1 };
      options.lost({ byte, what: `A block ${decoded}`, seqs, offsets });
    }
    return null;
  }
  return {
    file,
    next() {
      for (;;) {
        const { value } = items.next();
        if (value !== undefined) return value;
        const more = nextItems();
        if (more === null) return null;
        items = more;
      }
    },
  };
}

function decode({ place }: HistoryFile, { header, body }: FoundBlock): Iterator<HistoryItem, void> | string {
  const content = contentOf(header, body);
  if (typeof content === "string") return content;
  if (place === null) {
    const events = decodeEvents(content);
    if (typeof events === "string") return events;
    const fault = seqFault(
      header,
      Float64Array.from(events, (event) => event.seq),
    );
    return fault ?? events.values().map((event) => ({ kind: "event", event }));
  }
  const frames = decodeFrames(content, place);
  if (typeof frames === "string") return frames;
  return seqFault(header, frames.seqs) ?? frames.all().map((batch) => ({ kind: "frame", batch }));
}

function seqFault({ items, firstSeq, lastSeq }: FoundBlock["header"], seqs: Float64Array): string | null {
  const rises = seqs.every((one, i) => i === 0 || one > (seqs[i - 1] ?? one));
  const agrees = seqs.length === items && (items === 0 || (seqs[0] === firstSeq && seqs.at(-1) === lastSeq));
  return rises && agrees ? null : "holds other items than its header says";
}

export function seqOf(item: HistoryItem): number {
  return item.kind === "event" ? item.event.seq : item.batch.seq;
}
