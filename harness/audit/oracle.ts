import { slice, type EvidenceBatch, type Records } from "../model/evidence.ts";
import type { ExpectedEffect, Specification, TaskFold } from "../model/pipeline.ts";
import { keyFault } from "../model/record-key.ts";

/** Runs the specification's fold over each task's committed source records. */
export interface Oracle {
  source(stage: string, records: Records): Extract<EvidenceBatch, { readonly kind: "source" }>;
}

export function startOracle(specification: Specification | null): Oracle {
  const tasks = new Map<string, { readonly fold: TaskFold } | { readonly failure: string }>();

  function task(stage: string, partition: number): { readonly fold: TaskFold } | { readonly failure: string } {
    const key = `${stage}-${partition}`;
    const known = tasks.get(key);
    if (known !== undefined) return known;
    const fresh = startTask(specification, stage, partition);
    tasks.set(key, fresh);
    return fresh;
  }
  return {
    source(stage, records) {
      const { partition } = records;
      const batch = { kind: "source", stage, partition, records } as const;
      if (specification === null) return { ...batch, expected: null, failure: null };
      const state = task(stage, partition);
      if ("failure" in state) return { ...batch, expected: null, failure: state.failure };
      const expected = stepAll(state.fold, records);
      if (typeof expected !== "string") return { ...batch, expected, failure: null };
      tasks.set(`${stage}-${partition}`, { failure: expected });
      return { ...batch, expected: null, failure: expected };
    },
  };
}

function startTask(
  specification: Specification | null,
  stage: string,
  partition: number,
): { readonly fold: TaskFold } | { readonly failure: string } {
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
  const { topic, partition, offsets, bytes, keyAt, valueAt } = records;
  for (let i = 0; i < records.count; i += 1) {
    const offset = offsets[i] ?? 0;
    try {
      const effect = fold.step({ partition, offset, key: slice(bytes, keyAt, i), value: slice(bytes, valueAt, i) });
      const fault = faultIn(effect);
      if (fault !== null) return `The specification's answer to ${topic}-${partition}@${offset} is ambiguous: ${fault}`;
      expected.push(effect);
    } catch (error) {
      return `The specification threw at ${topic}-${partition}@${offset}: ${said(error)}`;
    }
  }
  return expected;
}

function faultIn({ outputs, changes }: ExpectedEffect): string | null {
  for (const { key } of [...outputs, ...changes]) {
    const fault = keyFault(key);
    if (fault !== null) return fault;
  }
  return null;
}

function said(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
