import { parseNumbered } from "../../base/numbered.ts";
import type { EvidenceBatch, EvidenceEnd, Records } from "../../model/evidence.ts";
import { recordRef } from "../../model/evidence.ts";
import type { HistoryEvent, Json } from "../../model/event.ts";
import type { PipelineDescription, StageSpec } from "../../model/pipeline.ts";
import { addBit, hasBit, beginBits, type PagedBits } from "../../facts/paged-bits.ts";
import { fieldOf } from "../../model/testimony-body.ts";
import { indexTasks, ofTask, perTask, taskName, type PerTask, type TaskIndex } from "../../facts/tasks.ts";

/**
 * What members and the records' headers say of themselves, against the logs and the starts of processes. A contradiction is a doubt
 * about the testimony; it convicts nobody.
 */
export interface Testimony {
  readonly index: TaskIndex;
  /** `member/incarnation` → the version that was started. */
  readonly started: Map<string, string | null>;
  /** `member/incarnation` → version (null: it names none) → where that was said first. */
  readonly claimed: Map<string, Map<string | null, string>>;
  /** Offsets that some committed commit holds. */
  readonly committed: PerTask<PagedBits>;
  readonly commits: CommitClaim[];
  readonly ownerships: OwnershipClaim[];
  /** Tasks of which the logs do not tell everything. */
  readonly unclear: Set<string>;
  end: EvidenceEnd | null;
}

interface CommitClaim {
  readonly stage: number;
  readonly partition: number;
  readonly next: number;
  readonly said: string;
  readonly witness: string;
}

interface OwnershipClaim {
  readonly stage: number;
  readonly member: string;
  /** Numbers of partitions. */
  readonly owned: string;
  readonly witness: string;
}

/** Testimony and headers are untrusted: so many claims are kept to be compared, and the first are as good as any. */
const claimsMax = 50_000;
const witnessesMax = 10_000;
const versionsMax = 8;

export function beginTestimony(description: PipelineDescription): Testimony {
  return {
    index: indexTasks(description),
    started: new Map(),
    claimed: new Map(),
    committed: perTask(beginBits),
    commits: [],
    ownerships: [],
    unclear: new Set(),
    end: null,
  };
}

export function learnTestimony(all: Testimony, batch: EvidenceBatch): void {
  switch (batch.kind) {
    case "event":
      learnEvent(all, batch.event);
      break;
    case "transaction": {
      const { outcome, parts, commits } = batch.transaction;
      for (const { records } of parts) learnWriters(all, records);
      for (const commit of commits) learnCommit(all, commit, outcome);
      break;
    }
    case "plain-records":
      learnWriters(all, batch.records);
      break;
    case "plain-commit":
      learnCommit(all, batch.commit, "committed");
      break;
    case "end":
      all.end = batch.end;
      break;
    default:
      break;
  }
}

export function testimonyReasons(all: Testimony): readonly string[] {
  return [...identityReasons(all), ...commitReasons(all), ...ownerReasons(all)];
}

function learnEvent(all: Testimony, event: HistoryEvent): void {
  if (event.kind === "process-started") all.started.set(`${event.process}/${event.incarnation}`, event.version);
  if (event.kind === "gauge-health")
    claim(all, `${event.member}/${event.incarnation}`, event.version, () => "its health");
  if (event.kind !== "testimony") return;
  const witness = `${event.member}/${event.incarnation}`;
  const { said, task, body } = event;
  const version = said === "started" ? fieldOf(body, "version") : null;
  claim(all, witness, typeof version === "string" ? version : null, () => `its testimony "${said}"`);
  if (said === "committed" || said === "opened") claimCommit(all, { said, task, body, witness });
  if (said === "assigned") claimOwnership(all, event.member, body, witness);
}

function claim(all: Testimony, witness: string, version: string | null, where: () => string): void {
  let versions = all.claimed.get(witness);
  if (versions?.has(version) === true || all.claimed.size > witnessesMax) return;
  if (versions === undefined) all.claimed.set(witness, (versions = new Map()));
  if (versions.size < versionsMax) versions.set(version, where());
}

function claimCommit(
  all: Testimony,
  of: { readonly said: string; readonly task: string | null; readonly body: Json; readonly witness: string },
): void {
  const next = fieldOf(of.body, of.said === "committed" ? "next" : "committed");
  const task = parseNumbered(of.task ?? "");
  const stage = all.index.byName.get(task?.name ?? "");
  if (task === null || stage === undefined || typeof next !== "number") return;
  // One number of a task with several sources does not say whose offset it is.
  if ((all.index.stages[stage]?.sources.length ?? 0) !== 1) return;
  if (all.commits.length < claimsMax)
    all.commits.push({ stage, partition: task.number, next, said: of.said, witness: of.witness });
}

function claimOwnership(all: Testimony, member: string, body: Json, witness: string): void {
  const name = fieldOf(body, "stage");
  const stage = typeof name === "string" ? all.index.byName.get(name) : undefined;
  const partitions = fieldOf(body, "partitions");
  if (stage === undefined || typeof partitions !== "string" || partitions === "") return;
  const owned = sorted(partitions.split(","));
  if (all.ownerships.length < claimsMax) all.ownerships.push({ stage, member, owned, witness });
}

function learnWriters(all: Testimony, records: Records): void {
  for (const [writer, { member, incarnation, version }] of records.writers.entries()) {
    const i = records.writer.indexOf(writer);
    if (i < 0) continue;
    claim(
      all,
      `${member}/${incarnation}`,
      version,
      () => `the header of ${recordRef(records.topic, records.partition, records.offsets[i] ?? 0).slice(2)}`,
    );
  }
}

function learnCommit(
  all: Testimony,
  commit: {
    readonly group: string;
    readonly topic: string;
    readonly partition: number;
    readonly nextOffset: number | null;
  },
  outcome: string,
): void {
  const stage = all.index.byGroup.get(`${commit.group}/${commit.topic}`);
  if (stage === undefined || commit.nextOffset === null || commit.nextOffset < 0) return;
  if (outcome === "committed") addBit(ofTask(all.committed, stage, commit.partition), commit.nextOffset);
  else if (outcome !== "aborted") all.unclear.add(taskName(all.index, stage, commit.partition));
}

function identityReasons({ started, claimed }: Testimony): readonly string[] {
  return [...claimed].flatMap(([witness, versions]) => {
    const known = started.get(witness);
    if (known === undefined) {
      const [where] = versions.values();
      return [`${witness} was never started, but ${where} names it. One of the two is false; run again.`];
    }
    return [...versions].flatMap(([version, where]) =>
      version === null || known === null || version === known
        ? []
        : [
            `${witness} was started as ${known}, but ${where} says ${version}. One of the two is false; see what was started.`,
          ],
    );
  });
}

/** The logs refute a claim only where they are whole. */
function commitReasons(all: Testimony): readonly string[] {
  if (all.end === null || !all.end.complete || all.end.gaps.length > 0) return [];
  const refuted = all.commits.filter(
    ({ stage, partition, next }) =>
      next > 0 &&
      !all.unclear.has(taskName(all.index, stage, partition)) &&
      !hasBit(ofTask(all.committed, stage, partition), next),
  );
  const [first] = refuted;
  if (first === undefined) return [];
  const task = taskName(all.index, first.stage, first.partition);
  const times = refuted.length === 1 ? "" : ` (${refuted.length} such claims; this is the first)`;
  return [
    `${first.witness} says that offset ${first.next} of ${task} was committed ("${first.said}"), and the offsets log has no such commit${times}. The testimony is false; mend what the member prints.`,
  ];
}

function ownerReasons({ ownerships, index, end }: Testimony): readonly string[] {
  if (end === null || !end.complete || end.gaps.length > 0) return [];
  const given = new Set<string>();
  const groups = new Set<string>();
  const described = [...index.byName.values()].flatMap((stage) => index.stages[stage] ?? []);
  for (const { group, owners } of end.generations) {
    if (owners.size > 0) groups.add(group);
    for (const [client, owned] of owners)
      for (const stage of described)
        if (stage.group === group) given.add(`${stage.name} ${client} ${partitionsOf(stage, owned)}`);
  }
  const refuted = ownerships.filter(({ stage, member, owned }) => {
    const { name, group } = index.stages[stage] ?? { name: "?", group: "?" };
    // A group whose protocol keeps no assignment in its metadata refutes nothing.
    return groups.has(group) && !given.has(`${name} ${member} ${owned}`);
  });
  const [first] = refuted;
  if (first === undefined) return [];
  const times = refuted.length === 1 ? "" : ` (${refuted.length} such claims; this is the first)`;
  return [
    `${first.witness} says that it was assigned ${first.owned} of ${index.stages[first.stage]?.name ?? "?"}, and no generation of its group gave it that${times}. The testimony is false; mend what the member prints.`,
  ];
}

/** Of what a member of the group owns, the stage's part: a group may be that of several stages. */
function partitionsOf({ sources }: StageSpec, owned: readonly string[]): string {
  const numbers = owned.flatMap((place) => {
    const log = parseNumbered(place);
    return log !== null && sources.includes(log.name) ? [String(log.number)] : [];
  });
  return sorted([...new Set(numbers)]);
}

function sorted(places: readonly string[]): string {
  return places.toSorted().join(",");
}
