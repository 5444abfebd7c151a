import { positionRecord } from "./changelog.ts";
import { perform, type Job, type OutRecord } from "./effects.ts";
import type { SourceInput } from "./stage.ts";
import type { State, StateView } from "./state.ts";
import type { OpenTask } from "./task.ts";
import type { Format } from "./version.ts";

/** What a transaction does to the state, by key. */
export type Changes = ReadonlyMap<string, Changed>;
/** New state of a key (null = removed), its bytes, and the source record that changed it last. */
interface Changed {
  readonly state: State | null;
  readonly bytes: Uint8Array | null;
  readonly cause: SourceInput;
}

/** What one transaction holds before it is sent. */
export interface Draft {
  /** Position the transaction commits. */
  readonly next: number;
  readonly commit: number;
  readonly changes: Changes;
  /** The position record, then the state changes. */
  readonly changelog: readonly OutRecord[];
  /** Sink records by partition, each in source order. */
  readonly outputs: ReadonlyMap<number, readonly OutRecord[]>;
}

const utf8 = new TextEncoder();

/** Runs the stage over the records. The store is written record by record: from the first one on it is dirty. */
export function* draftTransaction(task: OpenTask, records: readonly SourceInput[], format: Format): Job<Draft> {
  const { context, version } = task;
  const writer = `${context.writer}/${format}`;
  const changes = new Map<string, Changed>();
  const view = viewOf(task.state, changes);
  const outputs = new Map<number, OutRecord[]>();
  for (const record of records) {
    const result = context.stage.step(view, record);
    for (const [ordinal, output] of result.outputs.entries()) {
      const partition = context.strategy.partitionOf(output.key, context.partitions, version);
      const sent = outputs.get(partition) ?? [];
      sent.push({
        key: utf8.encode(output.key),
        value: utf8.encode(output.value(version, format)),
        headers: { "rp-source": sourceOf(task, record, ordinal), "rp-writer": writer },
      });
      outputs.set(partition, sent);
    }
    for (const { key, state } of result.changes) {
      const bytes = state === null ? null : version.encode(key, state);
      changes.set(key, { state, bytes, cause: record });
      yield* perform({ kind: "store-put", key, value: bytes });
    }
  }
  const last = records.at(-1)?.offset ?? task.next - 1;
  const position = { next: context.strategy.nextOffset(last, context.stage.name), commit: task.commit + 1 };
  const states = stateRecords(task, context.strategy.logged(changes, task), writer);
  return { ...position, changes, changelog: [positionRecord(position, writer), ...states], outputs };
}

/** The changelog's records of these changes. */
export function stateRecords(task: OpenTask, changes: Changes, writer: string): readonly OutRecord[] {
  return [...changes].map(([key, { bytes, cause }]) => ({
    key: utf8.encode(key),
    value: bytes,
    headers: { "rp-source": sourceOf(task, cause, 0), "rp-writer": writer },
  }));
}

function sourceOf({ context }: OpenTask, { offset }: SourceInput, ordinal: number): string {
  return `${context.topics.source}-${context.partition}@${offset}#${ordinal}`;
}

/** Committed state with the open transaction's changes over it. */
function viewOf(committed: ReadonlyMap<string, State>, changes: Changes): StateView {
  return {
    get: (key) => {
      const change = changes.get(key);
      return change === undefined ? committed.get(key) : (change.state ?? undefined);
    },
    keys: () => new Set([...committed.keys(), ...changes.keys()]),
  };
}
