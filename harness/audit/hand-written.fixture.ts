import { offset, partition, runNanos, seq } from "../model/brand.ts";
import type { EventBody } from "../model/event.ts";
import type { HistoryItem } from "../model/history.ts";
import type { LogBatch } from "../model/log.ts";
import type { PipelineDescription } from "../model/pipeline.ts";

/** Hand-written histories for tests: frames as a broker would have them, numbered and placed as they are written. */
export interface HandWritten {
  readonly items: readonly HistoryItem[];
  event(body: EventBody): void;
  /** Data records: by default of no producer and outside any transaction. */
  data(place: Place, records: readonly WrittenRecord[], by?: Partial<Producer> | null): void;
  marker(place: Place, by: Producer, outcome: "commit" | "abort", coordinatorEpoch?: number): void;
  /** An offset commit in `__consumer_offsets-0`; plain without a producer. */
  commit(
    of: { readonly group: string; readonly topic: string; readonly partition: number },
    next: number | null,
    by?: Producer,
  ): void;
  /**
   * A record of `__transaction_state-0`; status as in evidence.md. Value version 0, or, of a producer that speaks
   * transaction.version 2, version 1.
   */
  state(id: string, by: StateProducer, status: number, places?: readonly Place[], leaderEpoch?: number): void;
  /** Leaves a hole of so many offsets. */
  skip(place: Place, offsets: number): void;
  /** The tail has read every log to its end. */
  settle(): void;
  /** What was written since the last call; for histories too long to be held. */
  take(): readonly HistoryItem[];
}

/** `topic-partition`. */
export type Place = `${string}-${number}`;
export interface Producer {
  readonly pid: number;
  readonly epoch: number;
}
export interface StateProducer extends Producer {
  /** It speaks transaction.version 2. */
  readonly raises?: boolean;
}
export interface WrittenRecord {
  readonly key?: string | Uint8Array | null;
  readonly value?: string | Uint8Array | null;
  readonly headers?: Readonly<Record<string, string | null>>;
}

export const status = {
  empty: 0,
  ongoing: 1,
  prepareCommit: 2,
  prepareAbort: 3,
  completeCommit: 4,
  completeAbort: 5,
  dead: 6,
} as const;

const encoder = new TextEncoder();

/** Bytes of big-endian fields: `[size, value]` for integers, a string (int16 length + bytes), or raw bytes. */
export function wire(...fields: readonly (readonly [8 | 16 | 32 | 64, number] | string | Uint8Array)[]): Uint8Array {
  const parts = fields.map((field) => {
    if (field instanceof Uint8Array) return field;
    if (typeof field === "string") {
      const text = encoder.encode(field);
      return Uint8Array.of(text.length >> 8, text.length & 255, ...text);
    }
    const [bits, value] = field;
    const view = new DataView(new ArrayBuffer(8));
    view.setBigInt64(0, BigInt(value));
    return new Uint8Array(view.buffer).subarray(8 - bits / 8);
  });
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export function beginHandWritten(): HandWritten {
  const items: HistoryItem[] = [];
  const ends = new Map<Place, number>();

  function put(place: Place, records: readonly WrittenRecord[], batch: Partial<LogBatch>): void {
    const dash = place.lastIndexOf("-");
    const base = ends.get(place) ?? 0;
    ends.set(place, base + records.length);
    items.push({
      kind: "frame",
      batch: {
        seq: seq(items.length),
        topic: place.slice(0, dash),
        partition: partition(Number(place.slice(dash + 1))),
        highWatermark: offset(base + records.length),
        lastStableOffset: offset(base),
        baseOffset: offset(base),
        lastOffset: offset(base + records.length - 1),
        transactional: false,
        control: false,
        producerId: -1,
        producerEpoch: -1,
        baseSequence: -1,
        leaderEpoch: 0,
        count: records.length,
        ...columns(records, base),
        ...batch,
      },
    });
  }
  const event = (body: EventBody): void =>
    void items.push({ kind: "event", event: { ...body, seq: seq(items.length), at: runNanos(items.length) } });
  const transactional = (by: Producer): Partial<LogBatch> => ({
    transactional: true,
    producerId: by.pid,
    producerEpoch: by.epoch,
  });
  return {
    items,
    event,
    data(place, records, by = null) {
      const { pid, epoch } = by ?? {};
      if (pid === undefined || epoch === undefined) put(place, records, {});
      else put(place, records, transactional({ pid, epoch }));
    },
    marker(place, by, outcome, coordinatorEpoch = 0) {
      const key = wire([16, 0], [16, outcome === "commit" ? 1 : 0]);
      const value = wire([16, 0], [32, coordinatorEpoch]);
      put(place, [{ key, value }], { ...transactional(by), control: true });
    },
    commit({ group, topic, partition: place }, next, by) {
      const key = wire([16, 1], group, topic, [32, place]);
      const value = next === null ? null : wire([16, 3], [64, next], [32, -1], "", [64, 0]);
      put("__consumer_offsets-0", [{ key, value }], by === undefined ? {} : transactional(by));
    },
    state(id, by, code, places = [], leaderEpoch = 0) {
      const value = by.raises === true ? flexibleState(by, code, places) : plainState(by, code, places);
      put("__transaction_state-0", [{ key: wire([16, 0], id), value }], { leaderEpoch });
    },
    settle() {
      for (const [place, at] of ends) {
        const dash = place.lastIndexOf("-");
        const read = { position: at, logEnd: at, lastStableOffset: at };
        event({ kind: "tail-settled", topic: place.slice(0, dash), partition: Number(place.slice(dash + 1)), ...read });
      }
    },
    skip: (place, offsets) => void ends.set(place, (ends.get(place) ?? 0) + offsets),
    take: () => items.splice(0),
  };
}

const partitionOf = (place: Place): [32, number] => [32, Number(place.slice(place.lastIndexOf("-") + 1))];
const byTopic = (places: readonly Place[]): readonly (readonly [string, readonly Place[]])[] => [
  ...Map.groupBy(places, (place) => place.slice(0, place.lastIndexOf("-"))),
];

function plainState(by: Producer, code: number, places: readonly Place[]): Uint8Array {
  const topics = byTopic(places).map(([topic, own]) => wire(topic, [32, own.length], ...own.map(partitionOf)));
  const head = wire([16, 0], [64, by.pid], [16, by.epoch], [32, 6_000], [8, code], [32, topics.length]);
  return wire(head, ...topics, [64, 0], [64, 0]);
}

/** Counts and lengths are one more than what they count; the tag 2 is the client's transaction version. */
function flexibleState(by: Producer, code: number, places: readonly Place[]): Uint8Array {
  const topics = byTopic(places).map(([topic, own]) => {
    const name = encoder.encode(topic);
    return wire([8, name.length + 1], name, [8, own.length + 1], ...own.map(partitionOf), [8, 0]);
  });
  const head = wire([16, 1], [64, by.pid], [16, by.epoch], [32, 6_000], [8, code], [8, topics.length + 1]);
  return wire(head, ...topics, [64, 0], [64, 0], [8, 1], [8, 2], [8, 2], [16, 2]);
}

function bytesOf(part: string | Uint8Array | null | undefined): Uint8Array | null {
  return typeof part === "string" ? encoder.encode(part) : (part ?? null);
}

function columns(
  records: readonly WrittenRecord[],
  base: number,
): Pick<LogBatch, "offsets" | "timestamps" | "keyAt" | "valueAt" | "headersAt" | "bytes"> {
  const parts: Uint8Array[] = [];
  let at = 0;
  const cut = (part: Uint8Array | null): readonly [number, number] => {
    if (part === null) return [0, -1];
    parts.push(part);
    at += part.length;
    return [at - part.length, at];
  };
  const keyAt = Int32Array.from(records.flatMap(({ key }) => cut(bytesOf(key))));
  const valueAt = Int32Array.from(records.flatMap(({ value }) => cut(bytesOf(value))));
  const headersAt = Int32Array.from(records.flatMap(({ headers }) => cut(headerBlock(headers ?? {}))));
  return {
    offsets: Float64Array.from(records, (_, i) => base + i),
    timestamps: new Float64Array(records.length),
    keyAt,
    valueAt,
    headersAt,
    bytes: wire(...parts),
  };
}

function headerBlock(headers: Readonly<Record<string, string | null>>): Uint8Array {
  const all = Object.entries(headers);
  const blocks = all.map(([name, value]) => {
    const bytes = bytesOf(value);
    return wire(name, [32, bytes?.length ?? -1], bytes ?? new Uint8Array(0));
  });
  return wire([16, all.length], ...blocks);
}

/** Two stages: `one` reads `in` and writes `mid` and `log`; `two` reads `mid` and writes `out`. */
export const twoStages: PipelineDescription = {
  name: "two stages",
  folder: "pipelines/toy",
  speaks: true,
  guarantee: "exactly-once",
  offsets: "in-transaction",
  topics: (partitions) =>
    ["in", "mid", "out"]
      .map((name) => ({ name, partitions, config: {} }))
      .concat({ name: "log", partitions, config: { "cleanup.policy": "compact" } }),
  stages: [
    {
      name: "one",
      sources: ["in"],
      group: "g-one",
      changelog: "log",
      sinks: ["mid"],
      transactionalId: (place) => `one-${place}`,
    },
    {
      name: "two",
      sources: ["mid"],
      group: "g-two",
      changelog: null,
      sinks: ["out"],
      transactionalId: (place) => `two-${place}`,
    },
  ],
  versions: {},
  workload: { stream: "none", topic: "none", records: () => [] },
  specificationPath: null,
  mutants: [],
  points: [],
  checkpoint: null,
  config: () => ({}),
  activate: { topic: "flags", flag: "f" },
};
