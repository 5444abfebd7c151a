import { slice, type EvidenceBatch, type Records } from "../model/evidence.ts";
import type { ExpectedEffect, ExpectedOutput, SourceRecord, Specification, TaskFold } from "../model/pipeline.ts";
import { rawHeaders } from "../model/record-headers.ts";
import { keyFault } from "../model/record-key.ts";

const text = new TextDecoder();

/** Runs the specification's folds over the committed records of each task's source logs. */
export interface Oracle {
  source(stage: string, records: Records): Extract<EvidenceBatch, { readonly kind: "source" }>;
}

export function beginOracle(specification: Specification | null): Oracle {
  /** By `stage/topic-partition`. */
  const folds = new Map<string, Fold>();

  function foldOf(key: string, stage: string, partition: number): Fold {
    const known = folds.get(key);
    if (known !== undefined) return known;
    const fresh = beginFold(specification, stage, partition);
    folds.set(key, fresh);
    return fresh;
  }
  return {
    source(stage, records) {
      const { topic, partition } = records;
      const batch = { kind: "source", stage, partition, records } as const;
      if (specification === null) return { ...batch, expected: null, failure: null };
      const key = `${stage}/${topic}-${partition}`;
      const state = foldOf(key, stage, partition);
      if ("failure" in state) return { ...batch, expected: null, failure: state.failure };
      const expected = stepAll(state.fold, records);
      if (typeof expected !== "string") return { ...batch, expected, failure: null };
      folds.set(key, { failure: expected });
      return { ...batch, expected: null, failure: expected };
    },
  };
}

type Fold = { readonly fold: TaskFold } | { readonly failure: string };

function beginFold(specification: Specification | null, stage: string, partition: number): Fold {
  const stages = specification?.stages ?? {};
  const own = Object.hasOwn(stages, stage) ? stages[stage] : undefined;
  if (own === undefined) return { failure: `The specification has no stage ${stage}.` };
  try {
    return { fold: own.start(partition) };
  } catch (error) {
    return { failure: `The specification threw at the start of ${stage}-${partition}: ${said(error)}` };
  }
}

/** Every record's expected effect, or what was thrown: the fold's state is not to be trusted after that. */
function stepAll(fold: TaskFold, records: Records): readonly ExpectedEffect[] | string {
  const expected: ExpectedEffect[] = [];
  const { topic, partition, offsets } = records;
  for (let i = 0; i < records.count; i += 1) {
    const offset = offsets[i] ?? 0;
    try {
      const effect = fold.step(new RecordSeen(records, i));
      const fault = faultIn(effect);
      if (fault !== null) return `The specification's answer to ${topic}-${partition}@${offset} is ambiguous: ${fault}`;
      expected.push(effect);
    } catch (error) {
      return `The specification threw at ${topic}-${partition}@${offset}: ${said(error)}`;
    }
  }
  return expected;
}

/** Record i as a specification sees it. A class, since an object with a getter of its own takes longer to make than f to answer. */
class RecordSeen implements SourceRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly timestamp: number;
  readonly #records: Records;
  readonly #i: number;

  constructor(records: Records, i: number) {
    this.topic = records.topic;
    this.partition = records.partition;
    this.offset = records.offsets[i] ?? 0;
    this.key = slice(records.bytes, records.keyAt, i);
    this.value = slice(records.bytes, records.valueAt, i);
    this.timestamp = records.timestamps[i] ?? 0;
    this.#records = records;
    this.#i = i;
  }

  /** Decoded where it is asked for only: most specifications read no header. */
  get headers(): SourceRecord["headers"] {
    return rawHeaders(this.#records, this.#i).map(([name, content]) => [text.decode(name), content] as const);
  }
}

function faultIn({ outputs, changes }: ExpectedEffect): string | null {
  for (const { key } of changes) {
    const fault = keyFault(key);
    if (fault !== null) return fault;
  }
  for (const { key, headers } of outputs) {
    const fault = keyFault(key) ?? (headers === undefined ? null : headersFault(headers));
    if (fault !== null) return fault;
  }
  return null;
}

function headersFault(headers: NonNullable<ExpectedOutput["headers"]>): string | null {
  for (const content of Object.values(headers)) {
    const fault = keyFault(content);
    if (fault !== null) return fault;
  }
  return null;
}

function said(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
