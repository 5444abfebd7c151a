import { slice, type EvidenceBatch, type OffsetCommit, type Records } from "../model/evidence.ts";
import type { HistoryEvent } from "../model/event.ts";
import type {
  StageSpec,
  ExpectedOutput,
  PipelineDescription,
  Specification,
  StageSpecification,
} from "../model/pipeline.ts";
import { keyIdentity } from "../model/record-key.ts";
import { offsetsTopic, stateTopic } from "./topology.ts";

/**
 * Finds the causes of outputs that name none, for pipelines that write no headers: an output answers the source record of
 * which f expects just this output, in the format of any version started by then. Of several such records it is
 * one that the transaction's own offset commits cover, in the order of the source; so per key the sequence written is laid
 * beside the sequence expected. What nothing explains keeps no cause: checkers say so and accuse nobody.
 */
export interface Attribution {
  event(event: HistoryEvent): void;
  source(batch: Extract<EvidenceBatch, { readonly kind: "source" }>): void;
  /**
   * The topic has a hole: from here on no output of a stage that reads or writes it is given a cause. A hole in the offset
   * commits or the transactions concerns every stage: what a transaction covers can no longer be told.
   */
  tear(topic: string): void;
  /**
   * Records → the same with their causes filled in, each taking the expected output that it answers. They are looked at in
   * the order of their sink partition, whichever transaction they are of.
   */
  fill(writings: readonly Writing[]): ReadonlyMap<Records, Records>;
}

/** Records of one sink partition, and the offset commits of their transaction. */
export interface Writing {
  readonly records: Records;
  readonly commits: readonly OffsetCommit[];
}
/** A stage that may have written a record, and what its transaction covers of its sources. */
interface StageWriter {
  readonly stage: number;
  readonly decoder: StageSpecification;
  readonly windows: ReadonlyMap<number, Window>;
}
/** A record that names no cause; `columns` is where its cause goes. */
interface Row {
  readonly columns: Records;
  readonly i: number;
  readonly offset: number;
  readonly writers: readonly StageWriter[];
}

interface Candidate {
  readonly offset: number;
  readonly output: ExpectedOutput;
  answered: boolean;
}
/** Expected outputs of one key from one source partition, in the order of the source; all before `head` are answered. */
interface Lane {
  readonly partition: number;
  readonly candidates: Candidate[];
  head: number;
}
/** The source offsets that a transaction's own commit covers, end excluded. */
interface Window {
  readonly from: number;
  readonly to: number;
}
interface Found {
  readonly lane: Lane;
  readonly candidate: Candidate;
}

/** So many answered outputs of a key and partition are remembered, to tell a second answer; more would grow with the log. */
const answeredMax = 1_000;
const everything: Window = { from: 0, to: Infinity };

export interface AttributionOptions {
  readonly description: PipelineDescription;
  readonly specification: Specification | null;
  /** The committed offset in force right before this commit; 0 when none was. */
  readonly before: (commit: OffsetCommit) => number;
}

export function startAttribution({ description, specification, before }: AttributionOptions): Attribution {
  const { stages } = description;
  const sources = stages.map(({ source }) => source);
  const formats = new Set<string>();
  /** By `stage topic key`, the key as its identity. */
  const lanes = new Map<string, Map<number, Lane>>();
  const torn = new Set<number>();

  function writersOf(records: Records, commits: readonly OffsetCommit[]): readonly StageWriter[] {
    return stages.flatMap(({ name, sinks }, stage) => {
      const decoder = specification?.stages[name];
      if (decoder === undefined || !sinks.includes(records.topic) || torn.has(stage)) return [];
      return [{ stage, decoder, windows: windowsOf(stages[stage], commits, before) }];
    });
  }
  function fillRow({ columns, i, writers }: Row): void {
    for (const { stage, decoder, windows } of writers) {
      const all = lanes.get(`${stage} ${columns.topic} ${keyIdentity(slice(columns.bytes, columns.keyAt, i))}`);
      const found = all === undefined ? null : find(all, windows, saying(decoder, columns, i, formats));
      if (found === null) continue;
      answer(found);
      columns.causeTopic[i] = columns.causeTopics.length - sources.length + stage;
      columns.causePartition[i] = found.lane.partition;
      columns.causeOffset[i] = found.candidate.offset;
      columns.ordinal[i] = found.candidate.output.ordinal;
      return;
    }
  }
  return {
    event(event) {
      if (event.kind === "process-started" && event.sha256 !== null && event.version !== null)
        formats.add(event.version);
    },
    source({ stage: name, partition, records, expected }) {
      const stage = stages.findIndex((one) => one.name === name);
      if (torn.has(stage)) return;
      for (const [i, { outputs }] of (expected ?? []).entries())
        for (const output of outputs) {
          const lane = laneOf(lanes, `${stage} ${output.topic} ${keyIdentity(output.key)}`, partition);
          lane.candidates.push({ offset: records.offsets[i] ?? 0, output, answered: false });
        }
    },
    tear(topic) {
      for (const [stage, spec] of stages.entries()) if (restsOn(spec, topic)) torn.add(stage);
    },
    fill(writings) {
      const filled = new Map<Records, Records>();
      const rows: Row[] = [];
      for (const { records, commits } of writings) {
        const writers = writersOf(records, commits);
        if (writers.length === 0 || records.count === 0) continue;
        const columns = copied(records, sources);
        filled.set(records, columns);
        for (let i = 0; i < records.count; i += 1)
          if ((records.causeTopic[i] ?? -1) < 0) rows.push({ columns, i, offset: records.offsets[i] ?? 0, writers });
      }
      for (const row of rows.toSorted((a, b) => a.offset - b.offset)) fillRow(row);
      return filled;
    },
  };
}

/** Whether the causes of the stage's outputs are found by what lies in the topic. */
function restsOn({ source, sinks }: StageSpec, topic: string): boolean {
  return source === topic || sinks.includes(topic) || topic === offsetsTopic || topic === stateTopic;
}

/** The source offsets that the commits of a stage's group cover, per partition. */
function windowsOf(
  stage: StageSpec | undefined,
  commits: readonly OffsetCommit[],
  before: AttributionOptions["before"],
): ReadonlyMap<number, Window> {
  const windows = new Map<number, Window>();
  for (const commit of commits)
    if (commit.group === stage?.group && commit.topic === stage.source)
      windows.set(commit.partition, { from: before(commit), to: commit.nextOffset ?? 0 });
  return windows;
}

function find(all: ReadonlyMap<number, Lane>, windows: ReadonlyMap<number, Window>, says: Says): Found | null {
  const own = [...windows].flatMap(([partition, window]) => {
    const lane = all.get(partition);
    return lane === undefined ? [] : [{ lane, window }];
  });
  return (
    first(own, (lane, window) => lane.candidates.find(open(lane, window, says))) ??
    first(whole(all), (lane, window) => lane.candidates.find(open(lane, window, says))) ??
    first(whole(all), (lane) => lane.candidates.findLast(({ answered, output }) => answered && says(output))) ??
    // No expected output matches: pair it with the next one due, and let EO4 report the mismatch.
    first(own, (lane, window) => lane.candidates.find(open(lane, window, () => true)))
  );
}

/** The batches with the causes of their outputs filled in, as far as they can be found; aborted outputs answer nothing. */
export function withCauses(
  attribution: Attribution | null,
  batches: readonly EvidenceBatch[],
): readonly EvidenceBatch[] {
  if (attribution === null) return batches;
  const filled = attribution.fill(
    batches.flatMap((batch): Writing[] => {
      if (batch.kind === "plain-records") return [{ records: batch.records, commits: [] }];
      if (batch.kind !== "transaction" || batch.transaction.outcome === "aborted") return [];
      const { parts, commits } = batch.transaction;
      return parts.map(({ records }) => ({ records, commits }));
    }),
  );
  return batches.map((batch) => {
    if (batch.kind === "plain-records") return { ...batch, records: filled.get(batch.records) ?? batch.records };
    if (batch.kind !== "transaction") return batch;
    const { transaction } = batch;
    const parts = transaction.parts.map((part) => ({ ...part, records: filled.get(part.records) ?? part.records }));
    return { ...batch, transaction: { ...transaction, parts } };
  });
}

/** Whether an expected output is what a record says. */
type Says = (output: ExpectedOutput) => boolean;

function saying(decoder: StageSpecification, records: Records, i: number, formats: ReadonlySet<string>): Says {
  const value = slice(records.bytes, records.valueAt, i);
  const actual = value === null ? null : attempt(() => decoder.output(value));
  return (output) =>
    actual !== undefined && [...formats].some((format) => attempt(() => output.value(format)) === actual);
}

/** Canonical text, or null of a tombstone; undefined: undecodable bytes, or a format that f does not know. */
function attempt(text: () => string | null): string | null | undefined {
  try {
    return text();
  } catch {
    return undefined;
  }
}

function open(lane: Lane, { from, to }: Window, says: Says) {
  return ({ offset, answered, output }: Candidate, i: number): boolean =>
    i >= lane.head && !answered && offset >= from && offset < to && says(output);
}

interface Look {
  readonly lane: Lane;
  readonly window: Window;
}

function whole(all: ReadonlyMap<number, Lane>): readonly Look[] {
  return [...all.values()].map((lane) => ({ lane, window: everything }));
}

function first(looks: readonly Look[], look: (lane: Lane, window: Window) => Candidate | undefined): Found | null {
  for (const { lane, window } of looks) {
    const candidate = look(lane, window);
    if (candidate !== undefined) return { lane, candidate };
  }
  return null;
}

function answer({ lane, candidate }: Found): void {
  candidate.answered = true;
  while (lane.candidates[lane.head]?.answered === true) lane.head += 1;
  if (lane.head <= 2 * answeredMax) return;
  lane.candidates.splice(0, lane.head - answeredMax);
  lane.head = answeredMax;
}

function laneOf(lanes: Map<string, Map<number, Lane>>, key: string, partition: number): Lane {
  const all = lanes.get(key) ?? new Map<number, Lane>();
  lanes.set(key, all);
  const lane = all.get(partition) ?? { partition, candidates: [], head: 0 };
  all.set(partition, lane);
  return lane;
}

/** The same records with columns of their own: those of a frame are shared. */
function copied(records: Records, sources: readonly string[]): Records {
  return {
    ...records,
    causeTopics: [...records.causeTopics, ...sources],
    causeTopic: records.causeTopic.slice(),
    causePartition: records.causePartition.slice(),
    causeOffset: records.causeOffset.slice(),
    ordinal: records.ordinal.slice(),
  };
}
