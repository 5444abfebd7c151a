import { recordRef } from "../../model/evidence.ts";
import type { HistoryEvent } from "../../model/event.ts";
import type { Plan } from "../../model/plan.ts";
import { addTo, beginCount, counted, counterOf, shownMax, type Counted, type Counter } from "./witnesses.ts";
import type { Work } from "./work.ts";

/**
 * Commits by version and stage, and those at mixed versions: between the first one of version `to` and the last one of
 * version `from`, both included, in the order of the history, whenever the audit could decide them; of the whole run, and of
 * each stage. Once the upgrade has turned back it is the first one of `from` and the last one of `to`.
 */
export interface Versions {
  readonly from: string;
  readonly to: string;
  /** By stage and version. */
  readonly own: Map<string, Counter>;
  readonly ways: { readonly forward: Mixes; readonly back: Mixes };
  /** Where the upgrade turned back. */
  turnedAt: number;
}

interface Mixes {
  readonly total: Mix;
  readonly stages: Map<string, Mix>;
}

interface Mix {
  /** Seqs of the offset commits of both versions, in order of arrival. */
  readonly commits: number[];
  /** Of the version that comes, and of the one that goes. */
  firstComing: number;
  lastGoing: number;
  /** Of commits of the version that goes, after one of the version that comes. */
  readonly refs: string[];
}

export function beginVersions({ scenario: { from, to } }: Plan): Versions {
  const mixes = (): Mixes => ({ total: beginMix(), stages: new Map() });
  return { from, to, own: new Map(), ways: { forward: mixes(), back: mixes() }, turnedAt: Infinity };
}

export function learnTurn(versions: Versions, event: HistoryEvent): void {
  if (event.kind === "roll-back-began") versions.turnedAt = Math.min(versions.turnedAt, event.seq);
}

export function learnVersions(versions: Versions, { stages, version, at, seq }: Work): void {
  const { from, to, own, ways, turnedAt } = versions;
  if (version === null) return;
  const ref = at === null ? [] : [recordRef(at.topic, at.partition, at.offset)];
  for (const stage of stages) addTo(counterOf(own, `${stage} ${version}`), ...ref);
  if (from === to || (version !== from && version !== to)) return;
  const isBack = seq > turnedAt;
  const mixes = isBack ? ways.back : ways.forward;
  for (const mix of [mixes.total, ...stages.map((stage) => mixOf(mixes, stage))])
    learnMix(mix, { isComing: version === (isBack ? from : to), seq, ref });
}

export function commitsBy({ own }: Versions, stage: string, version: string): Counted {
  return counted(own.get(`${stage} ${version}`) ?? beginCount());
}

/** Null: of the whole run. */
export function mixedCommits({ ways }: Versions, stage: string | null): Counted {
  const mixes = [ways.forward, ways.back].flatMap(({ total, stages }) =>
    stage === null ? [total] : (stages.get(stage) ?? []),
  );
  return counted({
    seen: mixes.reduce((sum, mix) => sum + mixedIn(mix), 0),
    refs: mixes.flatMap(({ refs }) => refs).slice(0, shownMax),
  });
}

function mixedIn({ commits, firstComing, lastGoing }: Mix): number {
  return commits.filter((seq) => seq >= firstComing && seq <= lastGoing).length;
}

interface Committed {
  readonly isComing: boolean;
  readonly seq: number;
  readonly ref: readonly string[];
}

function learnMix(mix: Mix, { isComing, seq, ref }: Committed): void {
  mix.commits.push(seq);
  if (isComing) mix.firstComing = Math.min(mix.firstComing, seq);
  else mix.lastGoing = Math.max(mix.lastGoing, seq);
  if (!isComing && seq > mix.firstComing && mix.refs.length < shownMax) mix.refs.push(...ref);
}

function mixOf({ stages }: Mixes, stage: string): Mix {
  const known = stages.get(stage) ?? beginMix();
  stages.set(stage, known);
  return known;
}

function beginMix(): Mix {
  return { commits: [], firstComing: Infinity, lastGoing: -1, refs: [] };
}
