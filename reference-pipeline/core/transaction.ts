import { positionRecord } from "./changelog.ts";
import { perform, type Job, type OutRecord } from "./effects.ts";
import { partitionOf } from "./partitioner.ts";
import type { SourceInput, StateChange } from "./stage.ts";
import type { State, StateView } from "./state.ts";
import type { OpenTask } from "./task.ts";
import type { Format } from "./version.ts";

/** What one transaction holds before it is sent. */
export interface Draft {
  /** Position the transaction commits. */
  readonly next: number;
  readonly commit: number;
  /** New state per key (null = removed), and the source record that changed it last. */
  readonly changes: ReadonlyMap<string, { readonly state: State | null; readonly cause: SourceInput }>;
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
  const changes = new Map<string, { readonly state: State | null; readonly cause: SourceInput }>();
  const view = viewOf(task.state, changes);
  const outputs = new Map<number, OutRecord[]>();
  for (const record of records) {
    const result = context.stage.step(view, record);
    for (const [ordinal, output] of result.outputs.entries()) {
      const partition = partitionOf(output.key, context.partitions);
      const sent = outputs.get(partition) ?? [];
      sent.push({
        key: utf8.encode(output.key),
        value: utf8.encode(output.value(version, format)),
        headers: { "rp-source": sourceOf(task, record, ordinal), "rp-writer": writer },
      });
      outputs.set(partition, sent);
    }
    for (const change of result.changes) {
      changes.set(change.key, { state: change.state, cause: record });
      yield* perform({ kind: "store-put", key: change.key, value: bytesOf(task, change) });
    }
  }
  const last = records.at(-1)?.offset ?? task.next - 1;
  const position = { next: context.strategy.nextOffset(last), commit: task.commit + 1 };
  const states = [...changes].map(([key, { state, cause }]) => ({
    key: utf8.encode(key),
    value: bytesOf(task, { key, state }),
    headers: { "rp-source": sourceOf(task, cause, 0), "rp-writer": writer },
  }));
  return { ...position, changes, changelog: [positionRecord(position, writer), ...states], outputs };
}

function bytesOf({ version }: OpenTask, { key, state }: StateChange): Uint8Array | null {
  return state === null ? null : version.encode(key, state);
}

function sourceOf({ context }: OpenTask, { offset }: SourceInput, ordinal: number): string {
  return `${context.topics.source}-${context.partition}@${offset}#${ordinal}`;
}

/** Committed state with the open transaction's changes over it. */
function viewOf(
  committed: ReadonlyMap<string, State>,
  changes: ReadonlyMap<string, { readonly state: State | null }>,
): StateView {
  return {
    get: (key) => {
      const change = changes.get(key);
      return change === undefined ? committed.get(key) : (change.state ?? undefined);
    },
    keys: () => new Set([...committed.keys(), ...changes.keys()]),
  };
}
