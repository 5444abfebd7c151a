/**
 * RS1, restore bound: an owner restores far more of its changelog than lies behind the newest sound checkpoint that it has.
 *
 * Verified: the first opening of each task by each incarnation of a member, as its own testimony `opened` tells it, against the
 * checkpoints that the incarnation before left on the same disk: from the newest one at or below the committed offset.
 * Not verified: what the member really read. Kafka does not log reads, so that testimony is all there is: it makes this unknown where
 * it tells of a breach, and shows nothing where it does not. Openings on a disk without a checkpoint of the task; later openings by the
 * same incarnation; pipelines that say nothing; a rollback in which no opening shows that the older version can read the newer one's
 * checkpoints, since it may have to go on from the changelog.
 * Soundness in mixed situations: convicts nobody. A checkpoint that does not decode or is ahead of the commit is not sound.
 */
import type { Facts } from "../../facts/facts.ts";
import { versionOf } from "../../facts/member-lives.ts";
import type { EvidenceBatch } from "../../model/evidence.ts";
import type { HistoryEvent } from "../../model/event.ts";
import type { Finding } from "../../model/finding.ts";
import { fieldOf, numberOf } from "../../model/testimony-body.ts";
import { notApplicable, notEnded } from "../anomalies.ts";
import type { Checker, JudgingContext } from "../checker.ts";

const id = "RS1";
const name = "restore bound";
const unit = "first openings on a disk with a checkpoint";
/** More than twice what lies behind the checkpoint, and more than this, is far more. */
const slackRecords = 100;
/** Breaches that are told. */
const shownMax = 3;

interface State {
  readonly context: JudgingContext;
  readonly facts: Facts;
  /** By member and digest: a file that was captured before is not decoded again. */
  readonly known: Map<string, Label>;
  /** By `member/incarnation task`: what lay on its disk at its end. */
  readonly left: Map<string, Label[]>;
  /** `member/incarnation task` of each first opening. */
  readonly opened: Set<string>;
  compared: number;
  readonly breaches: Breaches;
  /** Of older versions on the disks of newer ones, and whether one of them went on from a checkpoint there. */
  readonly back: Breaches;
  readsNewer: boolean;
  hasEnded: boolean;
}

interface Breaches {
  readonly texts: string[];
  count: number;
}

interface Label {
  readonly path: string;
  readonly inputNext: number;
  readonly changelogNext: number;
}

export const restoreBound: Checker<State> = {
  id,
  name,
  begin: (context) => ({
    context,
    facts: context.facts,
    known: new Map(),
    left: new Map(),
    opened: new Set(),
    compared: 0,
    breaches: { texts: [], count: 0 },
    back: { texts: [], count: 0 },
    readsNewer: false,
    hasEnded: false,
  }),
  step(state, batch) {
    if (batch.kind === "end") state.hasEnded = true;
    if (batch.kind === "checkpoint") learnCheckpoint(state, batch);
    if (batch.kind === "event" && batch.event.kind === "testimony" && batch.event.said === "opened")
      learnOpening(state, batch.event);
    return state;
  },
  finish({ context, compared, breaches, back, readsNewer, hasEnded }): Finding {
    const { checkpoint, speaks } = context.description;
    if (checkpoint === null) return notApplicable(id, name, unit, "The pipeline has no checkpoints.");
    const counted = readsNewer ? [breaches, back] : [breaches];
    const told = counted.flatMap(({ texts }) => texts).slice(0, shownMax);
    const breachCount = counted.reduce((sum, { count }) => sum + count, 0);
    const more = breachCount > told.length ? ` ${breachCount - told.length} more openings say the like.` : "";
    const base = { invariant: id, name, unit, anomalies: [] };
    if (breachCount > 0)
      return {
        ...base,
        outcome: "unknown",
        examined: compared,
        why: `${told.join(" ")}${more} That is the members' own word, which no log bears out: see why they passed over the checkpoint.`,
      };
    if (!hasEnded) return { ...base, outcome: "unknown", examined: compared, why: notEnded };
    return { ...base, outcome: "idle", examined: 0, why: whyIdle(speaks, compared) };
  },
};

function whyIdle(speaks: boolean, compared: number): string {
  if (!speaks) return "The pipeline does not say what it restores, and no log shows it.";
  if (compared === 0) return "No task was opened on a disk that had a checkpoint of it: restart a member on its disk.";
  return `${compared} openings say that they went on from the newest sound checkpoint; no log shows what a member reads.`;
}

function learnCheckpoint(state: State, { checkpoint }: Extract<EvidenceBatch, { readonly kind: "checkpoint" }>): void {
  const { member, incarnation, stage, partition, sha256, path, found } = checkpoint;
  const { taken } = state.facts.checkpoints;
  const file = `${member} ${sha256}`;
  if (taken?.file === checkpoint) {
    const { inputNext, changelogNext } = taken.content;
    state.known.set(file, { path, inputNext, changelogNext });
  }
  const label = state.known.get(file);
  if (label === undefined || found !== "left") return;
  const place = `${member}/${incarnation} ${stage}-${partition}`;
  const own = state.left.get(place) ?? [];
  own.push({ ...label, path });
  state.left.set(place, own);
}

function learnOpening(state: State, { member, incarnation, task, body }: HistoryEvent<"testimony">): void {
  const place = `${member}/${incarnation} ${task}`;
  if (task === null || state.opened.has(place)) return;
  state.opened.add(place);
  const before = `${member}/${incarnation - 1}`;
  const committed = numberOf(body, "committed");
  const sound = (state.left.get(`${before} ${task}`) ?? []).filter(({ inputNext }) => inputNext <= committed);
  state.left.delete(`${before} ${task}`);
  const newest = sound.toSorted((a, b) => b.changelogNext - a.changelogNext)[0];
  const { lives } = state.facts.upgrade;
  const [old, now] = [versionOf(lives, before), versionOf(lives, `${member}/${incarnation}`)];
  const isRollback = lives.roll !== null && old === lives.roll.to && now === lives.roll.from;
  if (newest === undefined) return;
  if (!isRollback) state.compared += 1;
  if (fieldOf(body, "kept") === true) return;
  const [from, to] = [numberOf(body, "changelogFrom"), numberOf(body, "changelogTo")];
  const due = Math.max(0, to - newest.changelogNext);
  const isFar = (records: number): boolean => records > 2 * due + slackRecords;
  // That it read so little is the checkpoint's doing only where the whole changelog is far more.
  if (isRollback && !isFar(to - from) && isFar(to)) {
    state.readsNewer = true;
    state.compared += 1;
  }
  if (!isFar(to - from)) return;
  const breaches = isRollback ? state.back : state.breaches;
  breaches.count += 1;
  if (breaches.texts.length < shownMax)
    breaches.texts.push(
      `${member}/${incarnation} says that it restored ${task} from ${from} to ${to}, ${to - from} records, although ${newest.path} leaves ${due} to restore.`,
    );
}
