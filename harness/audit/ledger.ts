import { slice, type EvidenceBatch } from "../model/evidence.ts";
import type { HistoryEvent } from "../model/event.ts";
import type { LogBatch } from "../model/log.ts";
import type { PipelineDescription, Specification } from "../model/pipeline.ts";
import { startAttribution, type Attribution } from "./attribution.ts";
import { readControl } from "./codec/control.ts";
import { startNames, type Names } from "./codec/provenance.ts";
import { startGaps, type Gaps } from "./gaps.ts";
import { startOffsetsLog, type OffsetsLog } from "./offsets-log.ts";
import { startOracle } from "./oracle.ts";
import { startPartitionLog, type PartitionLog } from "./partition-log.ts";
import type { Claim } from "./producer-log.ts";
import { recordsOf, type Chunk } from "./records.ts";
import { startStateLog, type StateLog, type TopicPartition } from "./state-log.ts";
import { offsetsTopic, stateTopic, topologyOf, type Topology } from "./topology.ts";

export interface AuditOptions {
  readonly description: PipelineDescription;
  readonly specification: Specification | null;
  /** Partitions of each of the pipeline's topics. */
  readonly partitions: number;
}

/** Everything read so far, sorted by what it belongs to; gives out what needs no join: source and plain records. */
export interface Ledger {
  readonly topology: Topology;
  readonly partitions: number;
  readonly names: Names;
  readonly gaps: Gaps;
  readonly offsets: OffsetsLog;
  readonly states: StateLog;
  /** Of pipelines that write no headers; null: outputs name their causes. */
  readonly attribution: Attribution | null;
  /** Records outside transactions whose causes can be found only when every source record is known. */
  readonly late: Extract<EvidenceBatch, { readonly kind: "plain-records" }>[];
  readonly logs: ReadonlyMap<string, PartitionLog>;
  log(place: TopicPartition): PartitionLog | undefined;
  /** Whether the tail follows the partition; true as long as it has not said which ones it does. */
  follows(place: TopicPartition): boolean;
  event(event: HistoryEvent): void;
  frame(batch: LogBatch): readonly EvidenceBatch[];
}

const keyOf = ({ topic, partition }: TopicPartition): string => `${topic}-${partition}`;

export function startLedger({ description, specification, partitions }: AuditOptions): Ledger {
  const topology = topologyOf(description, partitions);
  const names = startNames();
  const gaps = startGaps();
  const oracle = startOracle(specification);
  const offsets = startOffsetsLog(topology.groups, gaps);
  const states = startStateLog({ gaps, claim });
  const attribution = description.speaks
    ? null
    : startAttribution({ description, specification, before: (commit) => offsets.before(commit) });
  const late: Extract<EvidenceBatch, { readonly kind: "plain-records" }>[] = [];
  const logs = new Map<string, PartitionLog>();
  const tailed = new Set<string>();

  const follows = (place: TopicPartition): boolean => tailed.size === 0 || tailed.has(keyOf(place));
  function logOf(place: TopicPartition): PartitionLog {
    const { topic, partition } = place;
    const known = logs.get(keyOf(place));
    if (known !== undefined) return known;
    const isSource = topology.readers(topic).length > 0;
    const fresh = startPartitionLog({ topic, partition }, { role: topology.role(topic), isSource });
    logs.set(keyOf(place), fresh);
    return fresh;
  }
  function claim(place: TopicPartition, producerId: number, own: Claim): boolean {
    if (!follows(place)) {
      gaps.add({ what: `transactions write to ${place.topic}, which the tail does not follow`, topic: place.topic });
      return false;
    }
    const producer = logOf(place).producer(producerId);
    producer.claim(own);
    producer.place();
    return true;
  }
  function control(batch: LogBatch, log: PartitionLog): void {
    for (let i = 0; i < batch.count; i += 1) {
      const read = readControl(slice(batch.bytes, batch.keyAt, i), slice(batch.bytes, batch.valueAt, i));
      const at = batch.offsets[i] ?? 0;
      if (read.kind === "unreadable") gaps.add({ what: `control record: ${read.why}`, ...log.place, from: at, to: at });
      if (read.kind !== "marker") continue;
      const { outcome, coordinatorEpoch } = read;
      const { producerId, producerEpoch } = batch;
      const producer = log.producer(producerId);
      producer.marker({ offset: at, outcome, producerEpoch, coordinatorEpoch }, batch.seq);
      producer.place();
      log.source?.marker(producerId, outcome);
      if (batch.topic === offsetsTopic) offsets.marker(batch, outcome);
    }
  }
  function data(batch: LogBatch, log: PartitionLog): readonly EvidenceBatch[] {
    if (batch.count === 0) return []; // compaction took its records
    if (batch.topic === stateTopic) {
      states.step(batch);
      return [];
    }
    const commits = batch.topic === offsetsTopic ? offsets.data(batch) : [];
    const chunk: Chunk = { batch, records: recordsOf(batch, names), commits };
    log.source?.data(chunk);
    if (batch.transactional) log.producer(batch.producerId).data(chunk);
    else if (log.role === "sink" || log.role === "changelog") {
      const plain = { kind: "plain-records", role: log.role, records: chunk.records } as const;
      if (attribution === null) return [plain];
      late.push(plain);
    }
    return [];
  }
  function sourced(batch: Extract<EvidenceBatch, { readonly kind: "source" }>): EvidenceBatch {
    attribution?.source(batch);
    return batch;
  }
  function released(log: PartitionLog): readonly EvidenceBatch[] {
    const decided = log.source?.release() ?? [];
    return decided.flatMap(({ chunk: { records }, outcome }) =>
      topology.readers(log.place.topic).map((stage): EvidenceBatch => {
        if (outcome === "committed") return sourced(oracle.source(stage.name, records));
        return { kind: "aborted-source", stage: stage.name, partition: records.partition, records };
      }),
    );
  }

  return {
    topology,
    partitions,
    names,
    gaps,
    offsets,
    states,
    attribution,
    late,
    logs,
    log: (place) => logs.get(keyOf(place)),
    follows,
    event(event) {
      attribution?.event(event);
      if (event.kind === "tail-started") for (const one of event.partitions) tailed.add(one);
      if (event.kind === "tail-gap") gaps.add({ what: "the tail missed records", ...event });
      if (event.kind === "tail-failed")
        gaps.add({ what: `the tail failed: ${event.why}`, topic: event.topic, partition: event.partition });
      if (event.kind === "tail-settled") logOf(event).settle(event);
    },
    frame(batch) {
      const log = logOf(batch);
      const missing = log.advance(batch);
      if (missing !== null && topology.dense(batch.topic))
        gaps.add({ what: "the history misses records", ...log.place, ...missing });
      const plain = batch.control ? [] : data(batch, log);
      if (batch.control) control(batch, log);
      log.source?.read(batch.lastOffset + 1);
      return [...plain, ...released(log)];
    },
  };
}
