import { slice, type EvidenceBatch, type OffsetCommit, type Records } from "../model/evidence.ts";
import type { HistoryEvent } from "../model/event.ts";
import type { ExpectedOutput, PipelineDescription, Specification, StageSpecification } from "../model/pipeline.ts";
import { besideValue } from "../model/record-headers.ts";
import { keyIdentity, keyIdentityAt } from "../model/record-key.ts";
import { readersOf, type Reader } from "../model/tasks.ts";
import { answer, expect, find, fits, noDueOutputs, type DueOutputs, type Found, type Window } from "./due-outputs.ts";
import { offsetsTopic, stateTopic } from "./topology.ts";

/**
 * Finds the causes of outputs that name none, for pipelines that write no headers: an output answers the source record of
 * which f expects just this output, in the format of any version started by then. Of several such records it is
 * one that the transaction's own offset commits cover, in the order of the source; so per key the sequence written is laid
 * beside the sequence expected. What nothing explains keeps no cause: checkers say so and accuse nobody. Where a second record
 * explains an output as well, it is named as the twin of the first, so that no checker takes the choice for a fact.
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
/** Records with columns of their own, to be filled in. */
type Filled = Records & { readonly twins: NonNullable<Records["twins"]> };

/** A record that names no cause; `columns` is where its cause goes. */
interface Row {
  readonly columns: Filled;
  readonly i: number;
  readonly offset: number;
  readonly writers: readonly StageWriter[];
}

export interface AttributionOptions {
  readonly description: PipelineDescription;
  readonly specification: Specification | null;
  /** The committed offset in force right before this commit; 0 when none was. */
  readonly before: (commit: OffsetCommit) => number;
}

export function beginAttribution({ description, specification, before }: AttributionOptions): Attribution {
  /** A stage once for each of its sources. */
  const stages = readersOf(description);
  const sources = stages.map(({ source }) => source);
  const formats = new Set<string>();
  /** By `stage topic key`, the key as its identity. */
  const due = new Map<string, DueOutputs>();
  const torn = new Set<number>();

  function writersOf(records: Records, commits: readonly OffsetCommit[]): readonly StageWriter[] {
    return stages.flatMap(({ name, sinks }, stage) => {
      const decoder = specification?.stages[name];
      if (decoder === undefined || !sinks.includes(records.topic) || torn.has(stage)) return [];
      return [{ stage, decoder, windows: windowsOf(stages[stage], commits, before) }];
    });
  }
  function fillRow({ columns, i, writers }: Row): void {
    const isBeside = (output: ExpectedOutput): boolean => besideValue(output, columns, i).expected.length === 0;
    const key = keyIdentityAt(columns, i);
    const all = writers.flatMap(({ stage, decoder, windows }): readonly Explanation[] => {
      const ofKey = due.get(`${stage} ${columns.topic} ${key}`);
      const found = ofKey && find(ofKey, windows, { text: textOf(decoder, columns, i), formats, isBeside });
      return ofKey === undefined || found == null ? [] : [{ ...found, stage, ofKey }];
    });
    const best = bestOf(all);
    if (best === undefined) return;
    answer(best.ofKey, best.candidate);
    name({ columns, i }, { best, all, firstTopic: columns.causeTopics.length - sources.length });
  }
  return {
    event(event) {
      if (event.kind === "process-started" && event.sha256 !== null && event.version !== null)
        formats.add(event.version);
    },
    source({ stage: name, partition, records, expected }) {
      const stage = stages.findIndex((one) => one.name === name && one.source === records.topic);
      if (torn.has(stage)) return;
      for (const [i, { outputs }] of (expected ?? []).entries())
        for (const output of outputs) {
          const ofKey = ofKeyIn(due, `${stage} ${output.topic} ${keyIdentity(output.key)}`);
          expect(ofKey, partition, records.offsets[i] ?? 0, output);
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

function ofKeyIn(due: Map<string, DueOutputs>, key: string): DueOutputs {
  const known = due.get(key);
  if (known !== undefined) return known;
  const made = noDueOutputs();
  due.set(key, made);
  return made;
}

/** What one stage has to say to a row. */
interface Explanation extends Found {
  readonly stage: number;
  readonly ofKey: DueOutputs;
}

/** Of equally good ones the first. */
function bestOf(all: readonly Explanation[]): Explanation | undefined {
  const rank = ({ fit }: Explanation): number => fits.indexOf(fit);
  return all.toSorted((a, b) => rank(a) - rank(b))[0];
}

interface Chosen {
  readonly best: Explanation;
  readonly all: readonly Explanation[];
  /** Index of the first stage's source in `causeTopics`. */
  readonly firstTopic: number;
}

/** A twin that another stage, or the stage in another of its sources, expects comes first: then not even the source is known. */
function name({ columns, i }: Pick<Row, "columns" | "i">, { best, all, firstTopic }: Chosen): void {
  const { candidate, stage, fit } = best;
  columns.causeTopic[i] = firstTopic + stage;
  columns.causePartition[i] = candidate.lane.partition;
  columns.causeOffset[i] = candidate.offset;
  columns.ordinal[i] = candidate.output.ordinal;
  const other = all.find((one) => one !== best && (one.fit === "wrong") === (fit === "wrong"));
  const twin = other?.candidate ?? best.twin;
  if (twin === null) return;
  columns.twins.topic[i] = firstTopic + (other?.stage ?? stage);
  columns.twins.partition[i] = twin.lane.partition;
  columns.twins.offset[i] = twin.offset;
}

/** Whether the causes of the stage's outputs are found by what lies in the topic. */
function restsOn({ source, sinks }: Reader, topic: string): boolean {
  return source === topic || sinks.includes(topic) || topic === offsetsTopic || topic === stateTopic;
}

/** The source offsets that the commits of a stage's group cover, per partition. */
function windowsOf(
  stage: Reader | undefined,
  commits: readonly OffsetCommit[],
  before: AttributionOptions["before"],
): ReadonlyMap<number, Window> {
  const windows = new Map<number, Window>();
  for (const commit of commits)
    if (commit.group === stage?.group && commit.topic === stage.source)
      windows.set(commit.partition, { from: before(commit), to: commit.nextOffset ?? 0 });
  return windows;
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

/** Canonical text, or null of a tombstone; undefined: undecodable bytes. */
function textOf(decoder: StageSpecification, records: Records, i: number): string | null | undefined {
  const value = slice(records.bytes, records.valueAt, i);
  if (value === null) return null;
  try {
    return decoder.output(value);
  } catch {
    return undefined;
  }
}

/** The same records with columns of their own: those of a frame are shared. */
function copied(records: Records, sources: readonly string[]): Filled {
  const { count } = records;
  return {
    ...records,
    causeTopics: [...records.causeTopics, ...sources],
    causeTopic: records.causeTopic.slice(),
    causePartition: records.causePartition.slice(),
    causeOffset: records.causeOffset.slice(),
    ordinal: records.ordinal.slice(),
    twins: {
      topic: new Int32Array(count).fill(-1),
      partition: new Int32Array(count).fill(-1),
      offset: new Float64Array(count).fill(-1),
    },
  };
}
