import { recordRef, slice, type EvidenceBatch, type LogRef, type Transaction } from "../model/evidence.ts";
import type { HistoryEvent } from "../model/event.ts";
import type { LogBatch } from "../model/log.ts";
import type { PipelineDescription, Specification } from "../model/pipeline.ts";
import { identityShown, keyIdentity } from "../model/record-key.ts";
import type { RecordView } from "../model/summary.ts";
import { bytesText, cutText, headersOf } from "./record-text.ts";

/** A report shows no more of each; the history itself has them all. */
const shownMax = 200;

/** The records and events that findings point to. */
export interface Pointed {
  readonly records: readonly { readonly seq: number; readonly view: Omit<RecordView, "atMs"> }[];
  readonly events: readonly { readonly ref: string; readonly at: number; readonly text: string }[];
}

export const nothingPointed: Pointed = { records: [], events: [] };

/**
 * The second pass: `refs` are known only when the checkers have finished, so the batches are read once more, or not at
 * all when there is no ref. `log` and `event` batches are enough; with `transaction`, `plain-commit` and `fence` batches
 * too, records carry the fate of their transaction and Kafka's internal records are told in words.
 */
export interface PointedFold {
  step(batch: EvidenceBatch): void;
  /** Everything that is pointed to has been told: what comes adds nothing. */
  isComplete(): boolean;
  finish(): Pointed;
}

export function beginPointed(context: {
  /** `r:<topic>-<p>@<offset>` and `e:<seq>`; more than 200 of a sort are left out, the first are kept. */
  readonly refs: readonly string[];
  readonly description: PipelineDescription;
  readonly specification: Specification | null;
}): PointedFold {
  const wanted = parsed(context.refs);
  const records = new Map<string, { readonly seq: number; readonly view: Omit<RecordView, "atMs"> }>();
  const events = new Map<string, Pointed["events"][number]>();
  const fates = new Map<string, string>();
  const words = new Map<string, string>();
  const decode = changelogDecoder(context.description, context.specification);
  const missing = new Set(wanted.order);
  const settle = (ref: string): void => {
    if (isTold(ref, { view: records.get(ref)?.view, hasFate: fates.has(ref), hasWords: words.has(ref) }))
      missing.delete(ref);
  };
  const tell = ({ topic, partition, offset }: LogRef, text: string): void => {
    if (!wanted.offsets.get(`${topic}-${partition}`)?.has(offset)) return;
    const ref = recordRef(topic, partition, offset);
    words.set(ref, text);
    settle(ref);
  };
  return {
    isComplete: () => missing.size === 0,
    step(batch) {
      if (batch.kind === "event") {
        const { seq, at } = batch.event;
        if (!wanted.seqs.has(seq)) return;
        events.set(`e:${seq}`, { ref: `e:${seq}`, at, text: eventText(batch.event) });
        missing.delete(`e:${seq}`);
      } else if (batch.kind === "log") {
        for (const { seq, view } of viewsOf(batch.batch, wanted.offsets, decode)) {
          if (!records.has(view.ref)) records.set(view.ref, { seq, view });
          settle(view.ref);
        }
      } else if (batch.kind === "transaction") {
        const { transaction } = batch;
        const fate = fateOf(transaction);
        for (const ref of refsIn(transaction, wanted.offsets)) {
          fates.set(ref, fate);
          settle(ref);
        }
        for (const commit of transaction.commits) tell(commit.at, `${commitText(commit)}, in ${fate}`);
        if (transaction.prepare !== null) tell(transaction.prepare, `prepare of ${fate}`);
        if (transaction.complete !== null) tell(transaction.complete, `complete of ${fate}`);
      } else if (batch.kind === "plain-commit")
        tell(batch.commit.at, `${commitText(batch.commit)}, outside any transaction`);
      else if (batch.kind === "fence") {
        const { transactionalId, producerId, producerEpoch, at } = batch.fence;
        tell(at, `fence: ${transactionalId} is producer ${producerId}, epoch ${producerEpoch} from here`);
      }
    },
    finish: () => listed(wanted.order, { records, events, fates, words }),
  };
}

interface Found {
  readonly records: ReadonlyMap<string, Pointed["records"][number]>;
  readonly events: ReadonlyMap<string, Pointed["events"][number]>;
  /** What became of the transactions of records. */
  readonly fates: ReadonlyMap<string, string>;
  /** Records of Kafka's own topics in words. */
  readonly words: ReadonlyMap<string, string>;
}

function listed(order: readonly string[], { records, events, fates, words }: Found): Pointed {
  return {
    records: order.flatMap((ref) => {
      const found = records.get(ref);
      if (found === undefined) return [];
      const told = words.get(ref);
      const value = told === undefined ? found.view.value : cutText(told);
      return [
        { seq: found.seq, view: { ...found.view, value, transaction: fates.get(ref) ?? found.view.transaction } },
      ];
    }),
    events: order.flatMap((ref) => events.get(ref) ?? []),
  };
}

/** Whether nothing more can be said of a record: of Kafka's own topics it is told in words, elsewhere by its transaction's fate. */
function isTold(
  ref: string,
  known: {
    readonly view: Pick<RecordView, "transaction"> | undefined;
    readonly hasFate: boolean;
    readonly hasWords: boolean;
  },
): boolean {
  const { view, hasFate, hasWords } = known;
  if (view === undefined) return false;
  return ref.startsWith("r:__") ? hasWords : view.transaction === null || hasFate;
}

/** Partition (`topic-0`) → the offsets wanted of it. */
type WantedOffsets = ReadonlyMap<string, ReadonlySet<number>>;

function parsed(refs: readonly string[]): {
  readonly order: readonly string[];
  readonly seqs: ReadonlySet<number>;
  readonly offsets: WantedOffsets;
} {
  const isRecord = (ref: string): boolean => ref.startsWith("r:");
  const unique = [...new Set(refs)];
  const records = unique.filter(isRecord).slice(0, shownMax);
  const events = unique.filter((ref) => ref.startsWith("e:")).slice(0, shownMax);
  const offsets = new Map<string, Set<number>>();
  for (const ref of records) {
    const at = ref.lastIndexOf("@");
    const place = ref.slice(2, at);
    offsets.set(place, (offsets.get(place) ?? new Set()).add(Number(ref.slice(at + 1))));
  }
  return { order: [...records, ...events], seqs: new Set(events.map((ref) => Number(ref.slice(2)))), offsets };
}

type Decode = (topic: string, key: Uint8Array, value: Uint8Array | null) => string | null;

/** Text of a changelog record by the specification's own decoder; null where there is none or it refuses the bytes. */
function changelogDecoder({ stages }: PipelineDescription, specification: Specification | null): Decode {
  return (topic, key, value) => {
    const stage = stages.find(({ changelog }) => changelog === topic);
    const decoder = stage === undefined ? undefined : specification?.stages[stage.name];
    if (decoder?.changelog === undefined) return null;
    try {
      const entry = decoder.changelog(key, value);
      if (entry.kind === "position") return `position: next ${entry.nextOffset}, commit ${entry.commit}`;
      return `${identityShown(keyIdentity(entry.key))} = ${entry.state ?? "(removed)"} (schema ${entry.schema})`;
    } catch {
      return null;
    }
  };
}

function* viewsOf(batch: LogBatch, offsets: WantedOffsets, decode: Decode): Generator<Pointed["records"][number]> {
  const wanted = offsets.get(`${batch.topic}-${batch.partition}`);
  if (wanted === undefined) return;
  for (let i = 0; i < batch.count; i += 1) {
    const offset = batch.offsets[i];
    if (offset === undefined || !wanted.has(offset)) continue;
    const key = slice(batch.bytes, batch.keyAt, i);
    const value = slice(batch.bytes, batch.valueAt, i);
    const headers = headersOf(batch, i);
    const told = key === null || batch.control ? null : decode(batch.topic, key, value);
    yield {
      seq: batch.seq,
      view: {
        ref: recordRef(batch.topic, batch.partition, offset),
        key: bytesText(key),
        value: batch.control ? "(a transaction's marker)" : told === null ? bytesText(value) : cutText(told),
        headers,
        writer: headers["rp-writer"] ?? null,
        transaction: batch.transactional ? `producer ${batch.producerId}, epoch ${batch.producerEpoch}` : null,
      },
    };
  }
}

function fateOf({ transactionalId, index, outcome, producerId, producerEpoch }: Transaction): string {
  return `${transactionalId} #${index} (${outcome}; producer ${producerId}, epoch ${producerEpoch})`;
}

function commitText(commit: {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly nextOffset: number | null;
}): string {
  return `commit of ${commit.group} for ${commit.topic}-${commit.partition}: next ${commit.nextOffset ?? "(none: a tombstone)"}`;
}

function* refsIn({ parts }: Transaction, offsets: WantedOffsets): Generator<string> {
  for (const { topic, partition, records } of parts) {
    const wanted = offsets.get(`${topic}-${partition}`);
    if (wanted === undefined) continue;
    for (const offset of records.offsets) if (wanted.has(offset)) yield recordRef(topic, partition, offset);
  }
}

/** An event for people: its kind and fields, without seq and time. */
function eventText(event: HistoryEvent): string {
  const { kind, seq: _seq, at: _at, ...fields } = event;
  const told = Object.entries(fields).map(
    ([name, value]) => `${name} ${typeof value === "string" ? value : JSON.stringify(value)}`,
  );
  return cutText(`${kind}: ${told.join(", ")}`);
}
