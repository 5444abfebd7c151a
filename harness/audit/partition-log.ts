import type { PartitionEnd, TopicRole } from "../model/evidence.ts";
import type { LogBatch } from "../model/log.ts";
import { beginProducerLog, tear, type ProducerLog } from "./producer-log.ts";
import { beginSourceLog, type SourceLog } from "./source-log.ts";

/** Offsets of one log, `to` excluded. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** A stretch that was lost; `isNamed`: an event of the tail has said so already. */
export interface Hole extends Stretch {
  readonly isNamed: boolean;
}

/** What the audit keeps of one partition. */
export interface PartitionLog {
  readonly place: { readonly topic: string; readonly partition: number };
  readonly role: TopicRole;
  readonly producers: ReadonlyMap<number, ProducerLog>;
  readonly source: SourceLog | null;
  producer(id: number): ProducerLog;
  /** The tail says that these offsets were lost, or that the broker itself compacted them. */
  announce(how: "lost" | "compacted", stretch: Stretch): void;
  /** Takes note of a batch's place; gives what was lost right before it or in it, if anything. */
  advance(batch: LogBatch): Hole | null;
  /** Nothing that a hole lies across can be told by its order; gives the first offset of records that it leaves undecided. */
  tear(): number | null;
  /** `tail-settled` was recorded. */
  settle(end: { readonly logEnd: number; readonly lastStableOffset: number; readonly position: number }): void;
  hasHole(): boolean;
  /** What was read reaches the end that the tail named; there may be holes. */
  isReached(): boolean;
  end(): PartitionEnd;
}

export function beginPartitionLog(
  place: { readonly topic: string; readonly partition: number },
  options: { readonly role: TopicRole; readonly isSource: boolean },
): PartitionLog {
  const producers = new Map<number, ProducerLog>();
  const source = options.isSource ? beginSourceLog() : null;
  const stretches = beginStretches();
  const read = { first: null as number | null, next: 0, highWatermark: 0, lastStableOffset: 0, isTorn: false };
  let logEnd: number | null = null;
  const isReached = (): boolean => logEnd !== null && read.next >= logEnd;
  const hasHole = (): boolean => read.isTorn || stretches.isLostFrom(read.next);
  return {
    place,
    role: options.role,
    producers,
    source,
    producer(id) {
      const known = producers.get(id);
      if (known !== undefined) return known;
      const fresh = beginProducerLog(read.isTorn);
      producers.set(id, fresh);
      return fresh;
    },
    announce: stretches.announce,
    advance(batch) {
      const hole = stretches.holeAt(read.next, batch);
      read.first ??= batch.baseOffset;
      read.next = batch.lastOffset + 1;
      read.highWatermark = batch.highWatermark;
      read.lastStableOffset = batch.lastStableOffset;
      logEnd = null;
      return hole;
    },
    tear() {
      read.isTorn = true;
      for (const producer of producers.values()) tear(producer);
      return firstOpen(source, producers);
    },
    settle(end) {
      logEnd = end.position === end.logEnd ? end.logEnd : null;
      read.highWatermark = end.logEnd;
      read.lastStableOffset = end.lastStableOffset;
    },
    hasHole,
    isReached,
    end: () => ({
      ...place,
      role: options.role,
      firstOffset: read.first ?? read.next,
      nextOffset: read.next,
      highWatermark: read.highWatermark,
      lastStableOffset: read.lastStableOffset,
      settled: isReached() && !hasHole(),
    }),
  };
}

/** The least offset of records that no marker has closed; the source log drops its own. */
function firstOpen(source: SourceLog | null, producers: ReadonlyMap<number, ProducerLog>): number | null {
  const offsets = [...producers.values()].flatMap(({ open }) => open.slice(0, 1).map(({ batch }) => batch.baseOffset));
  const first = Math.min(source?.tear() ?? Infinity, ...offsets);
  return first === Infinity ? null : first;
}

/** What the tail said of stretches that it did not get. */
function beginStretches(): {
  readonly announce: PartitionLog["announce"];
  /** What was lost between `next` and the batch's end. */
  holeAt(next: number, batch: LogBatch): Hole | null;
  isLostFrom(next: number): boolean;
} {
  let announced: (Stretch & { readonly how: "lost" | "compacted" })[] = [];
  return {
    announce: (how, { from, to }) => void announced.push({ how, from, to }),
    holeAt(next, { baseOffset, lastOffset }) {
      if (announced.length === 0 && baseOffset <= next) return null;
      const here = announced.filter(({ from, to }) => from <= lastOffset && to > next);
      announced = announced.filter(({ to }) => to > lastOffset + 1);
      const lost = here.filter(({ how }) => how === "lost");
      // Before the first batch `next` is 0: a log that begins later lacks its beginning.
      const jump = baseOffset > next ? { from: next, to: baseOffset } : null;
      if (jump !== null && !covers(here, jump)) return { ...jump, isNamed: false };
      if (lost.length === 0) return null;
      const from = Math.min(...lost.map((one) => one.from));
      return { from, to: Math.max(...lost.map((one) => one.to)), isNamed: true };
    },
    isLostFrom: (next) => announced.some(({ how, to }) => how === "lost" && to > next),
  };
}

/** Whether the stretches, in order, leave nothing of the jump out. */
function covers(stretches: readonly Stretch[], { from, to }: Stretch): boolean {
  let next = from;
  for (const one of stretches.toSorted((a, b) => a.from - b.from)) if (one.from <= next) next = Math.max(next, one.to);
  return next >= to;
}
