import { partitionOf } from "../core/partitioner.ts";
import { stages } from "../core/stages.ts";
import { specification } from "../specification.ts";
import type { Cluster } from "./cluster.ts";
import { isCommitted, type LogRecord } from "./log.ts";
import { partitions, type Outcome, type TaskName } from "./trial.ts";

/**
 * The invariants (invariants.md) that a trial's outcome violates, in words of the specification alone.
 *
 * Verified: committed outputs of each task = the specification over the committed source log (EO1-EO4, OR1), each in its
 * key's partition (PT1), format 2 only under its flag (UP5), final committed offsets (CK3), their order (OF1), fold of the committed changelog (ST1), checkpoints against it (CK2) and against the
 * committed offset at a death (CK1), transactions left open (LV2), opens that only a transaction's time-out let go on (LV3).
 * Not verified: where in time an anomaly began.
 */
export function judge(outcome: Outcome): ReadonlySet<string> {
  const violated = new Set<string>();
  for (const task of outcome.trial.tasks) {
    const expected = expectationOf(outcome.cluster, task);
    for (const id of judgeOutputs(outcome, task, expected)) violated.add(id);
    for (const id of judgeState(outcome, task, expected)) violated.add(id);
    for (const id of judgeOffsets(outcome.cluster, task, expected)) violated.add(id);
  }
  for (const { task, checkpoints, committed } of outcome.deaths)
    for (const bytes of checkpoints) {
      const checkpoint = checkpointIn(task, bytes);
      if (checkpoint === null) violated.add("CK2");
      else if (committed === null || checkpoint.inputNext > committed) violated.add("CK1");
    }
  if (outcome.hung > 0) violated.add("LV2");
  if (outcome.cluster.waitedFor > 0) violated.add("LV3");
  return violated;
}

/** null: the file is torn. */
function checkpointIn(
  task: TaskName,
  bytes: Uint8Array,
): ReturnType<(typeof specification.stages)["velocity"]["checkpoint"]> | null {
  try {
    return specOf(task).checkpoint(bytes);
  } catch {
    return null;
  }
}

interface Expectation {
  /** Next offset after the last committed source record; null: there is none. */
  readonly next: number | null;
  readonly outputs: readonly { readonly cause: string; readonly key: string; value(format: string): string }[];
  /** Canonical text of the final state by key, by schema. */
  readonly state: ReadonlyMap<string, (schema: string) => string>;
}

function specOf({ stage }: TaskName): (typeof specification.stages)[TaskName["stage"]] {
  return specification.stages[stage];
}

function expectationOf(cluster: Cluster, task: TaskName): Expectation {
  const { topics } = stages[task.stage];
  const source = cluster.readCommitted(topics.source, task.partition, 0);
  const fold = specOf(task).start(task.partition);
  const state = new Map<string, (schema: string) => string>();
  const outputs = source.flatMap(({ offset, key, value }) => {
    const effect = fold.step({ partition: task.partition, offset, key, value });
    for (const change of effect.changes) {
      if (change.state === null) state.delete(change.key);
      else state.set(change.key, change.state);
    }
    return effect.outputs.map((output) => ({
      cause: `${topics.source}-${task.partition}@${offset}#${output.ordinal}`,
      key: output.key,
      value: (format: string) => output.value(format),
    }));
  });
  const last = source.at(-1);
  return { next: last === undefined ? null : last.offset + 1, outputs, state };
}

function judgeOutputs({ cluster, trial }: Outcome, task: TaskName, expected: Expectation): ReadonlySet<string> {
  const violated = new Set<string>();
  const { source, sink } = stages[task.stage].topics;
  const byCause = new Map(expected.outputs.map((output) => [output.cause, output]));
  const seen = new Set<string>();
  for (let partition = 0; partition < partitions; partition += 1) {
    const order: string[] = [];
    for (const record of cluster.readCommitted(sink, partition, 0)) {
      const cause = record.headers["rp-source"] ?? "";
      if (!cause.startsWith(`${source}-${task.partition}@`)) continue;
      const output = byCause.get(cause);
      if (seen.has(cause)) violated.add("EO1");
      if (partitionOf(Buffer.from(record.key).toString(), partitions) !== partition) violated.add("PT1");
      if (formatOf(record) === "2" && trial.flagFrom === null) violated.add("UP5");
      if (output === undefined) violated.add("EO3");
      else if (textOf(task, record) !== `${output.key} ${output.value(formatOf(record))}`) violated.add("EO4");
      seen.add(cause);
      order.push(cause);
    }
    const inOrder = expected.outputs.filter(({ key }) => partitionOf(key, partitions) === partition);
    const once = order.filter((cause, at) => order.indexOf(cause) === at && byCause.has(cause));
    const present = inOrder.filter(({ cause }) => once.includes(cause));
    if (present.some(({ cause }, at) => cause !== once[at])) violated.add("OR1");
  }
  if (expected.outputs.some(({ cause }) => !seen.has(cause))) violated.add("EO2");
  return violated;
}

function textOf(task: TaskName, { key, value }: LogRecord): string {
  return `${Buffer.from(key).toString()} ${value === null ? "null" : specOf(task).output(value)}`;
}

function formatOf({ headers }: LogRecord): string {
  return headers["rp-writer"]?.split("/").at(-1) ?? "";
}

/** A committed changelog record, decoded by the specification. */
interface Decoded {
  readonly offset: number;
  readonly entry: ReturnType<(typeof specification.stages)["velocity"]["changelog"]>;
}
interface Folded {
  next: number | null;
  readonly entries: Map<string, { readonly schema: string; readonly text: string }>;
}

function decodeChangelog(cluster: Cluster, task: TaskName): readonly Decoded[] {
  const log = cluster.log(stages[task.stage].topics.changelog, task.partition);
  return log.records
    .filter(isCommitted)
    .map(({ offset, key, value }) => ({ offset, entry: specOf(task).changelog(key, value) }));
}

function fold(records: readonly Decoded[]): Folded {
  const folded: Folded = { next: null, entries: new Map() };
  for (const { entry } of records) {
    if (entry.kind === "position") folded.next = entry.nextOffset;
    else if (entry.state === null) folded.entries.delete(entry.key);
    else folded.entries.set(entry.key, { schema: entry.schema, text: entry.state });
  }
  return folded;
}

function judgeState({ cluster, disks }: Outcome, task: TaskName, expected: Expectation): ReadonlySet<string> {
  const violated = new Set<string>();
  const changelog = decodeChangelog(cluster, task);
  const folded = fold(changelog);
  if (folded.entries.size !== expected.state.size) violated.add("ST1");
  for (const [key, { schema, text }] of folded.entries)
    if (expected.state.get(key)?.(schema) !== text) violated.add("ST1");

  for (const [name, disk] of disks) {
    if (!name.endsWith(`/${task.stage}-${task.partition}`)) continue;
    for (const bytes of disk.checkpoints.values()) {
      const checkpoint = checkpointIn(task, bytes);
      if (checkpoint === null) continue;
      const below = fold(changelog.filter(({ offset }) => offset < checkpoint.changelogNext));
      if (below.next !== checkpoint.inputNext || below.entries.size !== checkpoint.entries.size) violated.add("CK2");
      // A record of the other release's schema has another text: ST1 has compared it in its own.
      for (const [key, { schema, text }] of below.entries)
        if (schema === checkpoint.schema && checkpoint.entries.get(key) !== text) violated.add("CK2");
    }
  }
  return violated;
}

function judgeOffsets(cluster: Cluster, task: TaskName, expected: Expectation): ReadonlySet<string> {
  const violated = new Set<string>();
  const { group } = stages[task.stage];
  if (cluster.committedOffset(group, task.partition) !== expected.next) violated.add("CK3");
  const commitments = cluster.commitments.filter((one) => one.group === group && one.partition === task.partition);
  if (commitments.some(({ next }, at) => next < (commitments[at - 1]?.next ?? 0))) violated.add("OF1");
  return violated;
}
