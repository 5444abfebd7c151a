import type { EvidenceBatch, LogRef, Records, Transaction } from "../model/evidence.ts";
import { stagesOfCauses, type TaskIndex } from "./tasks.ts";

/** Which committed transaction read what which other one wrote, where the stages of a pipeline follow each other. */
export interface ChainedReads {
  readonly index: TaskIndex;
  /** Topics that one stage writes and another reads. */
  readonly links: ReadonlySet<string>;
  /** By partition of such a topic: what was written there of late, and what was read there and is not found yet. */
  readonly partitions: Map<string, { readonly written: Written[]; readonly read: Read[] }>;
  /** Of the batch stepped last. */
  arrived: readonly ChainedRead[];
}

/** The latest cause that one transaction wrote of those that another has effects of. */
export interface ChainedRead {
  readonly cause: LogRef;
  readonly effect: LogRef;
  readonly stage: number;
  readonly writer: Decided;
  readonly reader: Decided;
}

/** What orders a committed transaction among others: logs are told by their names. */
export interface Decided {
  readonly transactionalId: string;
  readonly prepare: LogRef | null;
  /** Its marker, in each of its logs. */
  readonly markers: ReadonlyMap<string, number>;
  /** Its last record, in each of its logs. */
  readonly lastRecords: ReadonlyMap<string, number>;
  readonly seq: number;
}

interface Written {
  readonly offsets: Float64Array;
  readonly writer: Decided;
}

/** What a transaction has effects of in one source partition. */
interface Read {
  readonly topic: string;
  readonly partition: number;
  readonly stage: number;
  readonly reader: Decided;
  /** Where its effects lie. */
  readonly to: { readonly topic: string; readonly partition: number };
  /** Cause → offset of its effect, for the causes of which the writer is not known. */
  readonly effects: Map<number, number>;
  /** All its causes lie between the two. */
  least: number;
  most: number;
}

/** So many transactions a partition are kept at least, and at most twice as many; what is read later is not compared. */
const keptMax = 1_024;

export function beginChainedReads(index: TaskIndex): ChainedReads {
  const links = new Set(index.stages.map(({ source }) => source).filter((topic) => index.bySink.has(topic)));
  return { index, links, partitions: new Map(), arrived: [] };
}

export function stepChainedReads(all: ChainedReads, batch: EvidenceBatch): void {
  if (all.arrived.length > 0) all.arrived = [];
  if (all.links.size === 0 || batch.kind !== "transaction" || batch.transaction.outcome !== "committed") return;
  const { transaction } = batch;
  const decided = decidedOf(transaction);
  const arrived: ChainedRead[] = [];
  for (const { topic, partition, records } of transaction.parts) {
    if (all.links.has(topic) && records.count > 0)
      arrived.push(...learnWritten(partitionOf(all, topic, partition), { offsets: records.offsets, writer: decided }));
    if (all.index.bySink.has(topic)) arrived.push(...learnRead(all, records, decided));
  }
  all.arrived = arrived;
}

function learnWritten(of: ReturnType<typeof partitionOf>, written: Written): readonly ChainedRead[] {
  push(of.written, written);
  const found = of.read.flatMap((read) => takeFrom(read, written));
  if (found.length > 0) of.read.splice(0, of.read.length, ...of.read.filter(({ effects }) => effects.size > 0));
  return found;
}

/** Each cause counts: of what was written last alone, an earlier transaction that was still open would pass. */
function learnRead(all: ChainedReads, records: Records, reader: Decided): readonly ChainedRead[] {
  const stages = stagesOfCauses(all.index, records);
  const reads: Read[] = [];
  const readOf = (topic: string, stage: number, partition: number): Read => {
    // Nearly always one: a transaction is of few tasks.
    for (const known of reads) if (known.topic === topic && known.partition === partition) return known;
    const read = beginRead({
      topic,
      partition,
      stage,
      reader,
      to: { topic: records.topic, partition: records.partition },
    });
    reads.push(read);
    return read;
  };
  for (let i = 0; i < records.count; i++) {
    const topic = records.causeTopics[records.causeTopic[i] ?? -1];
    // A cause that was chosen among several orders nothing.
    if (topic === undefined || !all.links.has(topic) || (records.twins?.offset[i] ?? -1) >= 0) continue;
    const read = readOf(topic, stages[records.causeTopic[i] ?? -1] ?? -1, records.causePartition[i] ?? -1);
    const cause = records.causeOffset[i] ?? -1;
    if (cause < read.least) read.least = cause;
    if (cause > read.most) read.most = cause;
    read.effects.set(cause, records.offsets[i] ?? -1);
  }
  return reads.flatMap((read) => {
    const of = partitionOf(all, read.topic, read.partition);
    const found: ChainedRead[] = [];
    for (let i = of.written.length - 1; i >= 0 && read.effects.size > 0; i -= 1) {
      const written = of.written[i];
      if (written !== undefined) found.push(...takeFrom(read, written));
    }
    if (read.effects.size > 0) push(of.read, read);
    return found;
  });
}

function beginRead(of: Pick<Read, "topic" | "partition" | "stage" | "reader" | "to">): Read {
  return { ...of, effects: new Map(), least: Infinity, most: -1 };
}

/** Takes what the transaction wrote from the causes of which the writer is not known; none: it wrote none of them, or read its own. */
function takeFrom(
  { topic, partition, stage, reader, to, effects, least, most }: Read,
  { offsets, writer }: Written,
): readonly ChainedRead[] {
  const last = offsets[offsets.length - 1] ?? -1;
  if (reader === writer || last < least || (offsets[0] ?? Infinity) > most) return [];
  let [latest, at] = [-1, -1];
  for (let i = 0; i < offsets.length && effects.size > 0; i += 1) {
    const offset = offsets[i] ?? -1;
    const effect = effects.get(offset);
    if (effect === undefined) continue;
    effects.delete(offset);
    [latest, at] = [offset, effect];
  }
  if (latest < 0) return [];
  return [{ cause: { topic, partition, offset: latest }, effect: { ...to, offset: at }, stage, reader, writer }];
}

function decidedOf({ transactionalId, prepare, parts, commits, seq }: Transaction): Decided {
  const markers = new Map<string, number>();
  const lastRecords = new Map<string, number>();
  const learnRecord = ({ topic, partition, offset }: LogRef): void => {
    const log = `${topic}-${partition}`;
    lastRecords.set(log, Math.max(lastRecords.get(log) ?? -1, offset));
  };
  for (const { topic, partition, records, marker } of parts) {
    if (marker !== null) markers.set(`${topic}-${partition}`, marker.offset);
    const offset = records.offsets[records.count - 1];
    if (offset !== undefined) learnRecord({ topic, partition, offset });
  }
  for (const { at } of commits) learnRecord(at);
  return { transactionalId, prepare, markers, lastRecords, seq };
}

function partitionOf({ partitions }: ChainedReads, topic: string, partition: number) {
  const name = `${topic}-${partition}`;
  const known = partitions.get(name);
  if (known !== undefined) return known;
  const made = { written: [], read: [] };
  partitions.set(name, made);
  return made;
}

function push<T>(list: T[], one: T): void {
  list.push(one);
  if (list.length > 2 * keptMax) list.splice(0, list.length - keptMax);
}
