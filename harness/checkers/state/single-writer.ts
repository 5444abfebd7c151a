/**
 * ST2, single writer: a changelog or output record of an incarnation is committed after a newer owner's first committed write for the
 * task.
 *
 * Verified: the committed records of each task in each partition of its changelog and sinks, by their writers in `rp-writer`, in the
 * order of the log: (a) an incarnation of a member that writes after a later incarnation of the same member has; (b) a member that
 * writes after another one has, while the group's generations never gave the source partition back to it.
 * Not verified: records of different partitions against each other; records without `rp-writer`. (b) is unknown where several members
 * write and group metadata does not name them (client id = member id).
 * Soundness in mixed situations: only offsets of one partition are compared. (b) asks for the writers in their order to be a
 * subsequence of the owners in theirs, so that an owner that wrote nothing, and records of two owners that end late, convict nobody; it
 * rests on every generation of the group. At least once, an old owner's last records may come late.
 */
import type { Facts } from "../../facts/facts.ts";
import { absentInTopic, present } from "../../facts/reliances.ts";
import { eachTask, taskName } from "../../facts/tasks.ts";
import type { WriterRun } from "../../facts/writer-runs.ts";
import { recordRef, type EvidenceEnd, type Generation } from "../../model/evidence.ts";
import type { CheckerContext } from "../../model/finding.ts";
import { addAnomaly, conclude, listAnomalies, notEnded, beginAnomalies, type Anomalies } from "../anomalies.ts";
import type { Checker } from "../checker.ts";
import { allowedByGuarantee } from "../guarantee.ts";

const id = "ST2";
const name = "single writer";
const unit = "logs of tasks with named writers";

interface State {
  readonly context: CheckerContext;
  readonly facts: Facts;
  end: EvidenceEnd | null;
}

interface Zombie {
  readonly newer: WriterRun;
  readonly older: WriterRun;
  /** Of (b): what the owners of the source partition were, in order. */
  readonly owners: readonly string[] | null;
}

export const singleWriter: Checker<State> = {
  id,
  name,
  begin: (context) => ({ context, facts: context.facts, end: null }),
  step(state, batch) {
    if (batch.kind === "end") state.end = batch.end;
    return state;
  },
  finish({ context, facts, end }) {
    const allowed = allowedByGuarantee(context, { id, name }, unit);
    if (allowed !== null) return allowed;
    const anomalies = beginAnomalies();
    const nameless = new Set<string>();
    let examined = 0;
    eachTask(facts.writers.tasks, (logs, stage, partition) => {
      const owners = ownersOf(facts, end?.generations ?? [], stage, partition);
      for (const written of logs.values()) {
        // A header that names a life that was never started is false (HZ1), and tells of no writer.
        const runs = written.filter(({ writer }) => facts.ends.started.has(writer));
        if (runs.length === 0) continue;
        examined += 1;
        const zombie = regressIn(runs) ?? unreturnedIn(runs, owners);
        if (zombie === null) for (const member of unnamedIn(runs, owners)) nameless.add(member);
        if (zombie !== null) tell(anomalies, taskName(facts.index, stage, partition), zombie);
      }
    });
    const { cut } = facts.writers;
    return conclude({
      invariant: id,
      name,
      unit,
      examined,
      anomalies: listAnomalies(anomalies),
      doubts: [
        ...(end === null ? [notEnded] : []),
        ...(cut.size === 0
          ? []
          : [`${[...cut].join(", ")} changed hands too often to keep: later writers were not compared.`]),
        ...(nameless.size === 0
          ? []
          : [
              `No generation of their group names ${[...nameless].join(", ")}, so whether they wrote after a hand-over is not known: let client.id be the member's id.`,
            ]),
      ],
      idle: "No committed record of a changelog or sink names its writer (rp-writer).",
    });
  },
};

/** The members that owned the source partition, in the order of the generations, each change once. */
function ownersOf(
  { index }: Facts,
  generations: readonly Generation[],
  stage: number,
  partition: number,
): readonly string[] {
  const spec = index.stages[stage];
  const log = `${spec?.source}-${partition}`;
  const owners: string[] = [];
  for (const { group, owners: given } of generations) {
    if (group !== spec?.group) continue;
    for (const [client, owned] of given) if (owned.includes(log) && owners.at(-1) !== client) owners.push(client);
  }
  return owners;
}

/** (a) */
function regressIn(runs: readonly WriterRun[]): Zombie | null {
  const latest = new Map<string, WriterRun>();
  for (const run of runs) {
    const [member, incarnation] = lifeOf(run);
    const newer = latest.get(member);
    if (newer !== undefined && lifeOf(newer)[1] > incarnation) return { newer, older: run, owners: null };
    latest.set(member, run);
  }
  return null;
}

/** (b) */
function unreturnedIn(runs: readonly WriterRun[], owners: readonly string[]): Zombie | null {
  if (!runs.every((run) => owners.includes(lifeOf(run)[0]))) return null;
  let at = 0;
  for (const [i, run] of runs.entries()) {
    // The generation of the first owner may be older than the history.
    const found = i === 0 ? 0 : owners.indexOf(lifeOf(run)[0], at);
    const newer = runs[i - 1];
    if (found < 0 && newer !== undefined) return { newer, older: run, owners };
    at = Math.max(found, at);
  }
  return null;
}

/** Of a log that several members wrote to, those that no generation names: (b) cannot be told there. */
function unnamedIn(runs: readonly WriterRun[], owners: readonly string[]): readonly string[] {
  const members = new Set(runs.map((run) => lifeOf(run)[0]));
  return members.size < 2 ? [] : [...members].filter((member) => !owners.includes(member));
}

function lifeOf({ writer }: WriterRun): readonly [member: string, incarnation: number] {
  const slash = writer.lastIndexOf("/");
  return [writer.slice(0, slash), Number(writer.slice(slash + 1))];
}

function tell(anomalies: Anomalies, task: string, { newer, older, owners }: Zombie): void {
  const { topic, partition, from } = older;
  addAnomaly(anomalies, id, task, () => ({
    sentence: `${older.writer} wrote a committed record of ${task} to ${topic}-${partition} after ${newer.writer} had taken the task over.`,
    expected: `no record of ${older.writer} behind offset ${newer.from}`,
    actual:
      owners === null
        ? `one at offset ${from}`
        : `one at offset ${from}; owners of its source partition were ${owners.slice(-8).join(", ")}`,
    evidence: [recordRef(topic, partition, newer.from), recordRef(topic, partition, from)],
    restsOn: [
      present(topic, partition, newer.from),
      present(topic, partition, from),
      ...(owners === null ? [] : [absentInTopic("__consumer_offsets")]),
    ],
    firstBadCommit: recordRef(topic, partition, from),
    task,
    seq: older.seq,
  }));
}
