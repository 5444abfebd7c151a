import type { Marker } from "../model/evidence.ts";
import type { Chunk } from "./records.ts";

/** A source partition as its readers may see it: what is decided, in offset order. */
export interface SourceLog {
  /** Everything below is decided and was released. */
  decidedNext(): number;
  data(chunk: Chunk): void;
  /** Decides all that the producer has open here. */
  marker(producerId: number, outcome: Marker["outcome"]): void;
  /**
   * A hole: the markers of what is open may have been lost, so nobody can say any more what became of it. Gives its first
   * offset; it is never released.
   */
  tear(): number | null;
  /** The log was read up to here. */
  read(next: number): void;
  /** The decided beginning, in offset order, once each. */
  release(): readonly Released[];
}

export interface Released {
  readonly chunk: Chunk;
  readonly outcome: "committed" | "aborted";
}

interface Entry {
  readonly chunk: Chunk;
  outcome: "open" | "lost" | Released["outcome"];
}

export function beginSourceLog(): SourceLog {
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
    tear() {
      const lost = [...open.values()].flat();
      for (const entry of lost) entry.outcome = "lost";
      open.clear();
      return lost.length === 0 ? null : Math.min(...lost.map(({ chunk }) => chunk.batch.baseOffset));
    },
    read: (to) => void (next = to),
    release() {
      const decided = waiting.findIndex(({ outcome }) => outcome === "open");
      const ready = waiting.splice(0, decided < 0 ? waiting.length : decided);
      return ready.flatMap(({ chunk, outcome }) =>
        outcome === "committed" || outcome === "aborted" ? [{ chunk, outcome }] : [],
      );
    },
  };
}
