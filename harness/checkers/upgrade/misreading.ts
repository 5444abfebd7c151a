import { recordRef, refOf } from "../../model/evidence.ts";
import type { Anomaly, Finding } from "../../model/finding.ts";
import type { Readings, Tally, Wrong } from "../../facts/readings.ts";
import { present, whole } from "../../facts/reliances.ts";
import { taskName } from "../../facts/tasks.ts";
import { conclude, notApplicable } from "../anomalies.ts";
import type { JudgingContext } from "../checker.ts";
import { specificationDoubts } from "../guarantee.ts";

/** So many answers of each sort make a rule of it: one may have gone wrong, or right, for a reason of its own. */
const enough = 3;

interface Pair {
  readonly invariant: string;
  readonly reader: string;
  readonly writer: string;
  /** Answers given once the upgrade had turned back; else those of the roll. */
  readonly isBack?: boolean;
}

export interface Misreadings {
  readonly examined: number;
  readonly anomalies: readonly Anomaly[];
  readonly doubts: readonly string[];
}

/**
 * Whether one version misreads what another wrote. It does when that alone explains what went wrong: in one stage every answer from the
 * other's bytes is wrong, while the reader is right from bytes of its own and without any, and the writer is right from the same bytes.
 */
function misreadings(readings: Readings, pair: Pair): Misreadings {
  const all = readings.index.stages.flatMap((_, stage) =>
    (["states", "inputs"] as const).map((sort) => judged(readings, { ...pair, sort, stage })),
  );
  return {
    examined: all.reduce((sum, { examined }) => sum + examined, 0),
    anomalies: all.flatMap(({ anomalies }) => anomalies),
    doubts: all.flatMap(({ doubts }) => doubts),
  };
}

interface Asked {
  readonly id: string;
  readonly name: string;
  readonly unit: string;
  readonly reader: string;
  readonly writer: string;
  readonly isBack?: boolean;
  /** In place of the usual words, where nothing was examined. */
  readonly idle?: string;
}

/** What an invariant of reading concludes, with what else it has found. */
export function readingFinding(
  context: JudgingContext,
  { id, name, unit, reader, writer, isBack = false, idle }: Asked,
  also: Misreadings = { examined: 0, anomalies: [], doubts: [] },
): Finding {
  const { readings, lives } = context.facts.upgrade;
  if (lives.roll === null)
    return notApplicable(id, name, unit, "The run has no upgrade, so no version reads another's bytes.");
  const found = misreadings(readings, { invariant: id, reader, writer, isBack });
  return conclude({
    invariant: id,
    name,
    unit,
    examined: found.examined + also.examined,
    anomalies: [...found.anomalies, ...also.anomalies],
    doubts: [...specificationDoubts(context), ...context.facts.sources.failures, ...found.doubts, ...also.doubts],
    idle:
      idle ??
      `${reader} was not seen to answer from state or records that ${writer} had written: roll under load, with keys that come again, and let records name their writer (rp-writer).`,
  });
}

const words = { states: "states", inputs: "records of another stage" } as const;

interface Sort extends Pair {
  readonly sort: keyof typeof words;
  readonly stage: number;
}

function judged(readings: Readings, { sort, stage, reader, writer, invariant, isBack = false }: Sort): Misreadings {
  const of = (a: string, b: string): Tally => readings[sort][stage]?.get(`${a}/${b}`) ?? nothing;
  const foreign = isBack ? readings.back : readings;
  const read = foreign[sort][stage]?.get(`${reader}/${writer}`) ?? nothing;
  const [own, old] = [of(reader, reader), of(writer, writer)];
  const fresh = readings.fresh[stage]?.get(`${reader}/${reader}`) ?? nothing;
  const other = sort === "states" ? "inputs" : "states";
  const others = [...(readings[other][stage] ?? []), ...(isBack ? (foreign[other][stage] ?? []) : [])];
  const examined = read.right + read.wrong;
  if (read.first === null) return { examined, anomalies: [], doubts: [] };
  const isUnique =
    read.right === 0 &&
    read.wrong >= enough &&
    fresh.wrong === 0 &&
    isRight(own) &&
    isRight(old) &&
    // What it reads of the other sort is right, else either may be the cause.
    others.every(([pair, { wrong }]) => wrong === 0 || !pair.startsWith(`${reader}/`));
  const name = readings.index.stages[stage]?.name ?? "?";
  const counted = `In ${name}, ${reader} answered wrongly from ${read.wrong} of ${examined} ${words[sort]} that ${writer} wrote`;
  const doubt = `${counted}; from its own it was right ${own.right} and wrong ${own.wrong} times, ${writer} from the same ${old.right} and ${old.wrong} times: that reading is the cause is not certain.`;
  if (!isUnique) return { examined, anomalies: [], doubts: [doubt] };
  const sentence = `${counted}, and rightly from all ${own.right} of its own; ${writer} was right from all ${old.right} of the same.`;
  const anomaly = { invariant, ...describe(readings, read.first, sentence), more: read.wrong - 1 };
  return { examined, anomalies: [anomaly], doubts: [] };
}

const nothing: Tally = { right: 0, wrong: 0, first: null };

function isRight({ right, wrong }: Tally): boolean {
  return wrong === 0 && right >= enough;
}

function describe(
  { index }: Readings,
  { stage, cause, at, transaction, expected, actual }: Wrong,
  sentence: string,
): Omit<Anomaly, "invariant" | "more"> {
  return {
    sentence,
    expected,
    actual,
    evidence: [recordRef(cause.topic, cause.partition, cause.offset), refOf(at)],
    restsOn: [
      present(at.topic, at.partition, at.offset),
      whole(cause.topic, cause.partition, cause.offset),
      ...index.causesRestOn,
    ],
    firstBadCommit: refOf(transaction.prepare ?? at),
    task: taskName(index, stage, cause.partition),
    seq: transaction.seq,
  };
}
