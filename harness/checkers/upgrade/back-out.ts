/**
 * UP3, back-out: after the new version wrote, the old one in its place cannot resume with EO* and ST1 intact.
 *
 * Verified, of an upgrade that turned back: that once the way back is carried out every member's latest life is of the old version;
 * that no committed offset of a task went back from the turn on; every output of the old version since the turn whose cause changes a
 * key that a session of the new version left, or is a record that the new version wrote as another stage's output, against the
 * specification. What the old version then does is judged like all else by EO*, OF* and ST1.
 * Not verified: offsets that go back at least once, where redelivery is allowed (OF1); what the old version read where records name no
 * writer; checkpoint files that it could not read and passed over (RS1); files that only an orderly end writes, apart from what
 * follows from them in the logs.
 * Soundness in mixed situations: the lives are those that the harness started, and all starts have to be told. Misreading convicts
 * as UP1 does. Commits are compared in the order of the offsets log; undecided ones are left out, and a doubt. A way back that was not
 * carried out to its end leaves a doubt and convicts nobody of being left behind.
 */
import type { Life, MemberLives } from "../../facts/member-lives.ts";
import { inCommitOrder } from "../../facts/kept-rows.ts";
import { everyStart, present } from "../../facts/reliances.ts";
import { eachTask, sourceOf, taskName } from "../../facts/tasks.ts";
import type { HistoryEvent } from "../../model/event.ts";
import { eventRef, refOf, type OffsetCommit } from "../../model/evidence.ts";
import { dueActs } from "../../model/way-back.ts";
import { addAnomaly, beginAnomalies, conclude, listAnomalies, type Anomalies } from "../anomalies.ts";
import type { Checker, JudgingContext } from "../checker.ts";
import { readingFinding, type Misreadings } from "./misreading.ts";

const id = "UP3";
const name = "back-out";
const unit = "commits and answers of the old version after the turn";
const idle =
  "The old version committed nothing after the upgrade had turned back: roll back under load, with inputs left to answer.";

export const backOut: Checker<JudgingContext> = {
  id,
  name,
  begin: (context) => context,
  step: (context) => context,
  finish(context) {
    const { plan, facts } = context;
    const { from, to, upgrade } = plan.scenario;
    const { turn } = facts.roll;
    const asked = { id, name, unit, reader: from, writer: to, isBack: true, idle };
    if (facts.upgrade.lives.roll === null) return readingFinding(context, asked);
    if (turn !== null) return readingFinding(context, asked, resumption(context, turn.began));
    const { rollBackAfter } = upgrade;
    return conclude({
      invariant: id,
      name,
      unit,
      examined: 0,
      anomalies: [],
      doubts:
        rollBackAfter === undefined
          ? []
          : [`The plan rolls back after ${rollBackAfter}, and the upgrade did not turn back.`],
      idle: "The upgrade was not rolled back, so no old version went on from a new one.",
    });
  },
};

/** Who resumed, and from where. */
function resumption(context: JudgingContext, turned: HistoryEvent<"roll-back-began">): Misreadings {
  const { facts, plan } = context;
  const anomalies = beginAnomalies();
  const { settled, turn } = facts.roll.course;
  const open = dueActs(plan, turn).find((act) => !settled.has(act.id));
  if (open === undefined) for (const life of leftBehind(facts.upgrade.lives)) addLeft(anomalies, life, turned);
  const commits = judgeCommits(context, turned, anomalies);
  return {
    examined: commits.examined,
    anomalies: listAnomalies(anomalies),
    doubts: [
      ...(open === undefined ? [] : [`The way back was not carried out: ${open.id} did not settle.`]),
      ...(commits.undecided > 0
        ? [`${commits.undecided} offset commits since the turn lie in undecided transactions.`]
        : []),
    ],
  };
}

/** The latest lives of members that are not of the old version. */
function leftBehind({ lives, roll }: MemberLives): readonly Life[] {
  const latest = new Map(lives.map((life) => [life.member, life]));
  return [...latest.values()].filter(({ version }) => version !== roll?.from);
}

function addLeft(
  anomalies: Anomalies,
  { member, incarnation, version, started }: Life,
  turned: HistoryEvent<"roll-back-began">,
): void {
  addAnomaly(anomalies, id, `left ${version}`, () => ({
    sentence: `The upgrade was rolled back, and ${member}/${incarnation} was left at ${version}.`,
    expected: "every member at the old version in the end",
    actual: `${member} at ${version}`,
    evidence: [eventRef(turned.seq), eventRef(started.seq)],
    restsOn: [{ ledger: "upgrade", partition: null, from: turned.seq, to: turned.seq, claims: "presence" }, everyStart],
    firstBadCommit: null,
    task: null,
    seq: started.seq,
  }));
}

/** Commits since the turn by the old version; none may lie below the one in force before it. */
function judgeCommits(
  { facts, plan }: JudgingContext,
  turned: HistoryEvent<"roll-back-began">,
  anomalies: Anomalies,
): { readonly examined: number; readonly undecided: number } {
  const { index, rows, upgrade } = facts;
  const { lives } = upgrade;
  const isRepeatable = plan.scenario.guarantee === "at-least-once";
  const newUntil = Math.max(
    -1,
    ...lives.lives.flatMap((life) => (life.version === lives.roll?.to ? [endSeq(life)] : [])),
  );
  let examined = 0;
  let undecided = 0;
  eachTask(rows, (all, stage, partition) => {
    let before: OffsetCommit | null = null;
    for (const { outcome, commit, writer } of inCommitOrder(all)) {
      const isSince = commit.seq > turned.seq;
      if (outcome === "undecided") {
        if (isSince) undecided += 1;
        continue;
      }
      const earlier = before;
      before = commit;
      if (!isSince) continue;
      const version = lives.byName.get(writer ?? "")?.version ?? null;
      if (version === null ? commit.seq > newUntil : version === lives.roll?.from) examined += 1;
      if (isRepeatable || earlier === null || earlier.nextOffset === null) continue;
      if (commit.nextOffset !== null && commit.nextOffset >= earlier.nextOffset) continue;
      const [highest, source] = [earlier.nextOffset, `${sourceOf(index, stage)}-${partition}`];
      addAnomaly(anomalies, id, `back ${taskName(index, stage, partition)}`, () => ({
        sentence: `Since the upgrade turned back the committed offset of ${commit.group} for ${source} was taken back: what the new version had processed is undone.`,
        expected: `${highest} or more`,
        actual: commit.nextOffset === null ? "a tombstone" : String(commit.nextOffset),
        evidence: [eventRef(turned.seq), refOf(earlier.at), refOf(commit.at)],
        restsOn: [earlier.at, commit.at].map((at) => present(at.topic, at.partition, at.offset)),
        firstBadCommit: refOf(commit.at),
        task: taskName(index, stage, partition),
        seq: commit.seq,
      }));
    }
  });
  return { examined, undecided };
}

function endSeq({ ended }: Life): number {
  return ended?.seq ?? Infinity;
}
