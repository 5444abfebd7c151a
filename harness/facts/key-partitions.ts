import type { HistoryEvent } from "../model/event.ts";
import {
  slice,
  type EvidenceBatch,
  type LogRef,
  type Records,
  type Transaction,
  type Writer,
} from "../model/evidence.ts";
import type { CheckerContext } from "../model/finding.ts";
import { keyIdentity } from "../model/record-key.ts";
import { beginKeyPlaces, firstPlace, isFirst, slotOfKey, unfollowed, type KeyPlaces } from "./key-places.ts";
import { eachWritten, type TaskIndex } from "./tasks.ts";

/** On which partition each key of the sinks is, and which keys are on several. */
export interface KeyPartitions {
  readonly index: TaskIndex;
  /** Sinks whose records the description does not call free of their keys. */
  readonly topics: ReadonlyMap<string, TopicKeys>;
  /** Versions named by writers; a key's note is the index of its first writer's in here, plus 1. */
  readonly versions: string[];
  /** The first member is being replaced: from here on another version may be at work. */
  hasRolled: boolean;
}

export interface TopicKeys {
  /** The description says that partitions go by keys; else it is a guess, which what the old version writes has to bear out. */
  readonly isDeclared: boolean;
  readonly places: KeyPlaces;
  /** Records of keys that had one before. */
  compared: number;
  /** Records without a key: they may be anywhere. */
  keyless: number;
  undecided: number;
  /** Of `compared`, before the roll: all of them, and those on another partition than their key's first. */
  readonly before: { compared: number; strayed: number };
  /** The first record on another partition than its key's first, and how many more there are. */
  stray: Stray | null;
  more: number;
}

export interface Stray {
  /** Identity of the key (model/record-key.ts). */
  readonly key: string;
  readonly first: LogRef;
  readonly at: LogRef;
  /** Versions that their headers name; null without. */
  readonly firstVersion: string | null;
  readonly version: string | null;
  readonly transaction: Transaction | null;
}

export function beginKeyPartitions({ plan, description }: CheckerContext, index: TaskIndex): KeyPartitions {
  const specs = description.topics(plan.scenario.workload.partitions);
  const topics = new Map<string, TopicKeys>();
  for (const topic of index.bySink.keys()) {
    const partitioning = specs.find(({ name }) => name === topic)?.partitioning;
    if (partitioning !== "free") topics.set(topic, beginTopic(partitioning === "by-key"));
  }
  return { index, topics, versions: [], hasRolled: false };
}

export function stepKeyPartitions(all: KeyPartitions, batch: EvidenceBatch): void {
  if (batch.kind === "event") learnRoll(all, batch.event);
  eachWritten(batch, all.topics, (records, outcome, transaction) => {
    const topic = all.topics.get(records.topic);
    if (topic === undefined) return;
    if (outcome === "committed") stepRecords(all, topic, records, transaction);
    else topic.undecided += records.count;
  });
}

function beginTopic(isDeclared: boolean): TopicKeys {
  return {
    isDeclared,
    places: beginKeyPlaces(),
    compared: 0,
    keyless: 0,
    undecided: 0,
    before: { compared: 0, strayed: 0 },
    stray: null,
    more: 0,
  };
}

function learnRoll(all: KeyPartitions, event: HistoryEvent): void {
  if (event.kind === "upgrade-act-began" && event.step !== null) all.hasRolled = true;
}

function stepRecords(all: KeyPartitions, topic: TopicKeys, records: Records, transaction: Transaction | null): void {
  const at = { topic: records.topic, partition: records.partition, offset: 0 };
  for (let i = 0; i < records.count; i++) {
    const key = slice(records.bytes, records.keyAt, i);
    if (key === null) {
      topic.keyless += 1;
      continue;
    }
    at.offset = records.offsets[i] ?? 0;
    const slot = slotOfKey(topic.places, key, at);
    if (slot === unfollowed) continue;
    const note = noteOf(all, records.writers[records.writer[i] ?? -1]);
    if (isFirst(topic.places, slot, at)) topic.places.note[slot] = note;
    else compare(all, topic, { key, slot, at, note, transaction });
  }
}

interface Again {
  readonly key: Uint8Array;
  readonly slot: number;
  /** Valid during the call. */
  readonly at: LogRef;
  readonly note: number;
  readonly transaction: Transaction | null;
}

function compare(all: KeyPartitions, topic: TopicKeys, { key, slot, at, note, transaction }: Again): void {
  const first = firstPlace(topic.places, slot);
  const hasStrayed = first.partition !== at.partition;
  topic.compared += 1;
  if (!all.hasRolled) topic.before.compared += 1;
  if (!hasStrayed) return;
  if (!all.hasRolled) topic.before.strayed += 1;
  if (topic.stray !== null) {
    topic.more += 1;
    return;
  }
  const versionOf = (of: number): string | null => all.versions[of - 1] ?? null;
  topic.stray = {
    key: keyIdentity(key),
    first: { topic: at.topic, ...first },
    at: { ...at },
    firstVersion: versionOf(topic.places.note[slot] ?? 0),
    version: versionOf(note),
    transaction,
  };
}

/** 0: the record does not say. */
function noteOf({ versions }: KeyPartitions, writer: Writer | undefined): number {
  if (writer === undefined) return 0;
  const known = versions.indexOf(writer.version);
  return known >= 0 ? known + 1 : versions.push(writer.version);
}
