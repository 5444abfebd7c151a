import type { Marker } from "../model/evidence.ts";
import type { Chunk } from "./records.ts";

/** A source partition as its readers may see it: what is decided, in offset order. */
export interface SourceLog {
  /** Everything below is decided and was released. */
  decidedNext(): number;
  data(chunk: Chunk): void;
  /** Decides all that the producer has open here. */
  marker(producerId: number, outcome: Marker["outcome"]): void;
  /** The log was read up to here. */
  read(next: number): void;
  /** The decided beginning, in offset order, once each. */
  release(): readonly Released[];
}

export interface Released {
  readonly chunk: Chunk;
  readonly outcome: "committed" | "aborted";
}

export function startSourceLog(): SourceLog {
  interface Entry {
    readonly chunk: Chunk;
    outcome: "open" | "committed" | "aborted";
  }
  let waiting: Entry[] = [];
  const open = new Map<number, Entry[]>();
  let next = 0;
  return {
    decidedNext: () => waiting[0]?.chunk.batch.baseOffset ?? next,
    data(chunk) {
      const entry: Entry = { chunk, outcome: chunk.batch.transactional ? "open" : "committed" };
      waiting.push(entry);
      if (!chunk.batch.transactional) return;
      const { producerId } = chunk.batch;
      const own = open.get(producerId);
      if (own === undefined) open.set(producerId, [entry]);
      else own.push(entry);
    },
    marker(producerId, outcome) {
      for (const entry of open.get(producerId) ?? []) entry.outcome = outcome === "commit" ? "committed" : "aborted";
      open.delete(producerId);
    },
    read: (to) => void (next = to),
    release() {
      const released: Released[] = [];
      for (const { chunk, outcome } of waiting) {
        if (outcome === "open") break;
        released.push({ chunk, outcome });
      }
      if (released.length > 0) waiting = waiting.slice(released.length);
      return released;
    },
  };
}
