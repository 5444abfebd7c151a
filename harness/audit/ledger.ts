import { slice, type EvidenceBatch } from "../model/evidence.ts";
import type { HistoryEvent } from "../model/event.ts";
import type { LogBatch } from "../model/log.ts";
import type { PipelineDescription, Specification } from "../model/pipeline.ts";
import { beginAttribution, type Attribution } from "./attribution.ts";
import { readControl } from "./codec/control.ts";
import { beginNames, type Names } from "./codec/provenance.ts";
import { beginGaps, type Gaps } from "./gaps.ts";
import { beginOffsetsLog, type OffsetsLog } from "./offsets-log.ts";
import { beginOracle, type Oracle } from "./oracle.ts";
import { beginPartitionLog, type PartitionLog, type Stretch } from "./partition-log.ts";
import { addClaim, addMarker, place as placeUnits, type Claim, type ProducerLog, type Unit } from "./producer-log.ts";
import { recordsOf, type Chunk } from "./records.ts";
import { beginStateLog, type StateLog, type TopicPartition } from "./state-log.ts";
import { offsetsTopic, stateTopic, topologyOf, type Topology } from "./topology.ts";

export interface AuditOptions {
  readonly description: PipelineDescription;
  readonly specification: Specification | null;
  /** Of topics whose number the description leaves to the scenario: its `workload.partitions`. */
  readonly partitions: number;
}

type PlainRecords = Extract<EvidenceBatch, { readonly kind: "plain-records" }>;

/** Everything read so far, sorted by what it belongs to. */
export interface Ledger {
  readonly topology: Topology;
  readonly names: Names;
  readonly gaps: Gaps;
  readonly offsets: OffsetsLog;
  readonly states: StateLog;
  readonly oracle: Oracle;
  /** Of pipelines that write no headers; null: outputs name their causes. */
  readonly attribution: Attribution | null;
  /** Records outside transactions whose causes can be found only when every source record is known. */
  readonly late: PlainRecords[];
  readonly logs: ReadonlyMap<string, PartitionLog>;
  /** Partitions that the tail follows; empty as long as it has not said which ones it does. */
  readonly tailed: Set<string>;
  /** Groups with records that no transaction can claim; taken from here as they are handed on. */
  strays: Stray[];
  log(place: TopicPartition): PartitionLog | undefined;
  /** The same, begun when it is new. */
  logOf(place: TopicPartition): PartitionLog;
}

export interface Stray {
  readonly place: TopicPartition;
  readonly producerId: number;
  readonly chunks: readonly Chunk[];
  /** Null: no marker has closed them. */
  readonly unit: Unit | null;
}

const keyOf = ({ topic, partition }: TopicPartition): string => `${topic}-${partition}`;

export function beginLedger({ description, specification, partitions }: AuditOptions): Ledger {
  const topology = topologyOf(description, partitions);
  const gaps = beginGaps();
  const offsets = beginOffsetsLog(topology.groups, gaps);
  const logs = new Map<string, PartitionLog>();
  const log = (place: TopicPartition): PartitionLog | undefined => logs.get(keyOf(place));
  const before: OffsetsLog["before"] = (commit) => offsets.before(commit);
  const ledger: Ledger = {
    topology,
    names: beginNames(),
    gaps,
    offsets,
    states: beginStateLog({ gaps, claim: (place, producerId, own) => takeClaim(ledger, { place, producerId, own }) }),
    oracle: beginOracle(specification),
    attribution: description.speaks ? null : beginAttribution({ description, specification, before }),
    late: [],
    logs,
    tailed: new Set(),
    strays: [],
    log,
    logOf(place) {
      const { topic, partition } = place;
      const isSource = topology.readers(topic).length > 0;
      const found = log(place) ?? beginPartitionLog({ topic, partition }, { role: topology.role(topic), isSource });
      logs.set(keyOf(place), found);
      return found;
    },
  };
  return ledger;
}

/** Whether the tail follows the partition; true as long as it has not said which ones it does. */
export function follows({ tailed }: Ledger, place: TopicPartition): boolean {
  return tailed.size === 0 || tailed.has(keyOf(place));
}

export function learnEvent(ledger: Ledger, event: HistoryEvent): void {
  ledger.attribution?.event(event);
  switch (event.kind) {
    case "tail-started":
      for (const one of event.partitions) ledger.tailed.add(one);
      break;
    case "tail-gap":
      ledger.gaps.add({ what: "the tail missed records", ...event });
      ledger.logOf(event).announce("lost", event);
      break;
    case "tail-compacted":
      ledger.logOf(event).announce("compacted", event);
      break;
    case "tail-failed":
      ledger.gaps.add({ what: `the tail failed: ${event.why}`, topic: event.topic, partition: event.partition });
      break;
    case "tail-settled":
      ledger.logOf(event).settle(event);
      break;
    default:
      break;
  }
}

/** Gives out what needs no join: source records, and records outside transactions. */
export function learnFrame(ledger: Ledger, batch: LogBatch): readonly EvidenceBatch[] {
  const log = ledger.logOf(batch);
  const hole = log.advance(batch);
  if (hole !== null) {
    if (!hole.isNamed) ledger.gaps.add({ what: "the history misses records", ...log.place, ...hole });
    stopAt(ledger, log, hole);
  }
  const plain = batch.control ? [] : learnData(ledger, log, batch);
  if (batch.control) learnControl(ledger, log, batch);
  log.source?.read(batch.lastOffset + 1);
  return [...plain, ...released(ledger, log)];
}

/** A hole: what is on both sides of it cannot be joined by order any more, and what is open there is undecided. */
function stopAt({ gaps, offsets, states, attribution }: Ledger, log: PartitionLog, { from, to }: Stretch): void {
  const { topic, partition } = log.place;
  const open = log.tear();
  if (open !== null && open < from)
    gaps.add({
      what: "records were open at a hole, and the marker that ended them may be in it",
      topic,
      partition,
      from: open,
      to,
    });
  if (topic === stateTopic) states.tear(partition);
  if (topic === offsetsTopic) offsets.tear(partition);
  attribution?.tear(topic);
}

function takeClaim(
  ledger: Ledger,
  { place, producerId, own }: { readonly place: TopicPartition; readonly producerId: number; readonly own: Claim },
): Claim | null {
  if (!follows(ledger, place)) {
    // Topics that the description does not name are no business of this pipeline.
    if (ledger.topology.isNamed(place.topic))
      ledger.gaps.add({
        what: `transactions write to ${place.topic}, which the tail does not follow`,
        topic: place.topic,
      });
    return null;
  }
  const producer = ledger.logOf(place).producer(producerId);
  addClaim(producer, own);
  placed(ledger, { place, producerId, producer });
  return own;
}

function placed(
  { strays }: Ledger,
  at: { readonly place: TopicPartition; readonly producerId: number; readonly producer: ProducerLog },
): void {
  const { place, producerId, producer } = at;
  placeUnits(producer);
  for (const unit of producer.strays.splice(0)) strays.push({ place, producerId, chunks: unit.chunks, unit });
}

function learnControl(ledger: Ledger, log: PartitionLog, batch: LogBatch): void {
  const { producerId, producerEpoch } = batch;
  const producer = log.producer(producerId);
  for (let i = 0; i < batch.count; i += 1) {
    const read = readControl(slice(batch.bytes, batch.keyAt, i), slice(batch.bytes, batch.valueAt, i));
    const at = batch.offsets[i] ?? 0;
    if (read.kind === "unreadable") {
      ledger.gaps.add({ what: `control record: ${read.why}`, ...log.place, from: at, to: at });
      stopAt(ledger, log, { from: at, to: at + 1 });
    }
    if (read.kind !== "marker") continue;
    const { outcome, coordinatorEpoch } = read;
    addMarker(producer, { offset: at, outcome, producerEpoch, coordinatorEpoch }, batch.seq);
    placed(ledger, { place: log.place, producerId, producer });
    log.source?.marker(producerId, outcome);
    if (batch.topic === offsetsTopic) ledger.offsets.marker(batch, outcome);
  }
}

function learnData(ledger: Ledger, log: PartitionLog, batch: LogBatch): readonly EvidenceBatch[] {
  if (batch.count === 0) return []; // compaction took its records
  if (batch.topic === stateTopic) {
    ledger.states.step(batch);
    return [];
  }
  const known = ledger.offsets.generations.length;
  const commits = batch.topic === offsetsTopic ? ledger.offsets.data(batch) : [];
  const chunk: Chunk = { batch, records: recordsOf(batch, ledger.names), commits };
  log.source?.data(chunk);
  if (batch.transactional) log.producer(batch.producerId).open.push(chunk);
  else if (log.role === "sink" || log.role === "changelog") {
    const plain = { kind: "plain-records", role: log.role, records: chunk.records } as const;
    if (ledger.attribution === null) return [plain];
    ledger.late.push(plain);
  }
  return ledger.offsets.generations.slice(known).map((generation) => ({ kind: "generation", generation }));
}

function released({ topology, oracle, attribution }: Ledger, log: PartitionLog): readonly EvidenceBatch[] {
  const decided = log.source?.release() ?? [];
  return decided.flatMap(({ chunk: { records }, outcome }) =>
    topology.readers(log.place.topic).map((stage): EvidenceBatch => {
      if (outcome === "aborted")
        return { kind: "aborted-source", stage: stage.name, partition: records.partition, records };
      const batch = oracle.source(stage.name, records);
      attribution?.source(batch);
      return batch;
    }),
  );
}
