import { RollproofError } from "../base/errors.ts";
import { blockBytes, itemBytesMax } from "./block.ts";

/** Items of one file that no block holds yet. */
export interface Waiting<Item> {
  /** True: there is enough for a block. */
  add(one: { readonly item: Item; readonly seq: number; readonly bytes: number }): boolean;
  /** All of them, in seq order; null when there is none. */
  take(): Taken<Item> | null;
}

export interface Taken<Item> {
  readonly items: readonly Item[];
  readonly firstSeq: number;
  readonly lastSeq: number;
}

export function beginWaiting<Item>(): Waiting<Item> {
  let items: Item[] = [];
  let total = 0;
  let firstSeq = 0;
  let lastSeq = 0;
  return {
    add({ item, seq, bytes }) {
      if (bytes > itemBytesMax)
        throw new RollproofError(
          "defect",
          `Item ${seq} of the history has ${bytes} bytes; at most ${itemBytesMax} fit.`,
          {
            remedy: `Lower max.message.bytes of the pipeline's topics below ${itemBytesMax}.`,
          },
        );
      if (items.length === 0) firstSeq = seq;
      lastSeq = seq;
      items.push(item);
      total += bytes;
      return total >= blockBytes;
    },
    take() {
      if (items.length === 0) return null;
      const taken = { items, firstSeq, lastSeq };
      items = [];
      total = 0;
      return taken;
    },
  };
}
