/** `npm run plant`: plants damage in recorded histories and judges each; see docs/detection.md. */
import { parseArgs } from "node:util";
import { RollproofError } from "../base/errors.ts";
import { freshSeed } from "./fresh-seed.ts";
import { record } from "./record.ts";
import { writeDocument } from "./document.ts";
import { kinds } from "./kinds.ts";
import { histories, type HistoryName } from "./model.ts";
import { carryOut } from "./pool.ts";
import { count, isMet, startTally, type Tally } from "./tally.ts";

const { values } = parseArgs({
  options: {
    history: { type: "string", multiple: true },
    kind: { type: "string", multiple: true },
    seed: { type: "string" },
    trials: { type: "string" },
    workers: { type: "string" },
    record: { type: "boolean" },
  },
});

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function chosen<T extends string>(what: string, asked: readonly string[] | undefined, of: readonly T[]): readonly T[] {
  const unknown = asked?.find((name) => !of.some((one) => one === name));
  if (unknown !== undefined)
    throw new RollproofError("usage", `There is no ${what} ${unknown}.`, { remedy: `Use of these: ${of.join(", ")}.` });
  return of.filter((name) => asked?.includes(name) ?? true);
}

function wholeNumber(option: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new RollproofError("usage", `--${option} is no whole number: ${text}.`, {
    remedy: `Give a number, e.g. --${option} 2.`,
  });
}

async function plant(): Promise<boolean> {
  const seed = values.seed ?? freshSeed();
  const isOne = values.kind !== undefined && values.seed !== undefined;
  const trials = wholeNumber("trials", values.trials, isOne ? 1 : 100);
  const names = chosen<HistoryName>("history", values.history, histories);
  const wanted = chosen(
    "kind",
    values.kind,
    kinds.map(({ name }) => name),
  );
  say(`seed ${seed}`);
  const tallies = new Map<string, Tally>();
  const jobs = names.flatMap((history) => wanted.map((kind) => ({ history, kind, seed, trials })));
  const began = performance.now();
  let done = 0;
  await carryOut({
    jobs,
    workers: wholeNumber("workers", values.workers, 2),
    done(job, tried) {
      const kind = kinds.find(({ name }) => name === job.kind);
      if (kind === undefined) return;
      const tally = startTally(kind, job.history);
      for (const trial of tried) count(tally, trial);
      tallies.set(`${job.history}/${job.kind}`, tally);
      done += tried.length;
      say(lineOf(tally));
      for (const { seed: own, where, said } of tally.wrong)
        say(
          `    ${where}: ${said}\n    again: npm run plant -- --history ${job.history} --kind ${job.kind} --seed ${own}`,
        );
      if (isOne && tally.wrong.length === 0) for (const { where, said } of tried) say(`    ${where}: ${said}`);
    },
  });
  const fell = [...tallies.values()].filter((tally) => !isMet(tally));
  const perSecond = (done / (performance.now() - began)) * 1_000;
  say(`${done} trials, ${perSecond.toFixed(1)} a second; ${fell.length} of ${tallies.size} fall below what is right`);
  if (values.history === undefined && values.kind === undefined) await writeDocument([...tallies.values()], seed);
  return fell.length === 0;
}

function lineOf(tally: Tally): string {
  const { right, other, unknown, valid, nowhere } = tally.counts;
  const counts =
    nowhere > 0 && right + other + unknown + valid === 0
      ? `no place: needs ${tally.kind.needs}`
      : `${right} right, ${other} other, ${unknown} unknown, ${valid} valid`;
  return `${isMet(tally) ? "✓" : "✗"} ${tally.history} ${tally.kind.name}: ${counts}`;
}

try {
  if (values.record === true) await record(chosen<HistoryName>("history", values.history, histories), say);
  else if (!(await plant())) process.exitCode = 1;
} catch (error) {
  if (!(error instanceof RollproofError)) throw error;
  process.stderr.write(`plant: ${error.message}\n  remedy: ${error.remedy}\n`);
  process.exitCode = 64;
}
