import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { glob } from "node:fs/promises";
import { join, resolve } from "node:path";
import { sha256 } from "../../base/digest.ts";
import { RollproofError, exitCodes } from "../../base/errors.ts";
import { canonicalJson } from "../../base/json.ts";
import type { ChosenEnvironment } from "../../model/environment.ts";
import { renderPlan } from "../../plan/plan-file.ts";
import { parseResults, renderResult } from "../../prove/results-file.ts";
import { scoreOf, standingOf } from "../../prove/score.ts";
import { tableOf } from "../../prove/table.ts";
import { casesOf, remaining, resultsOf, type Case, type Result, type Trial } from "../../prove/trial.ts";
import { catalogues } from "../../run/catalogues.ts";
import { placeFor } from "../../run/place.ts";
import { pathFromRoot, root, sourcesSha256 } from "../../run/provenance.ts";
import type { Arguments } from "../arguments.ts";
import { loadScenarios, type Loaded } from "../load.ts";
import { carryOutRun } from "../one-run.ts";
import type { Words } from "../words.ts";

const seedsUnlessTold = 3;
const exits = { proven: exitCodes.valid, open: exitCodes.unknown, defect: exitCodes.defect } as const;

/** A trial with what running it takes. */
interface Ready extends Trial {
  readonly loaded: Loaded;
}

/**
 * `prove`: every mutant's scenario with its bug and with the correct pipeline, at seeds 1 to N. Each result is on disk before the
 * next run begins, so an interrupted proof goes on; results of other code are not counted.
 */
export async function proveVerb(args: Arguments, words: Words, interrupted: AbortSignal): Promise<number> {
  const out = resolve(args.out ?? join(root, ".rollproof", "prove"));
  const trials = await trialsOf(args);
  const plans = trials.map(({ loaded }) => loaded.plan);
  const environment = await placeFor(plans, args.environment, interrupted);
  mkdirSync(out, { recursive: true });
  const todo = remaining(trials, resultsIn(out));
  words.say(
    `${trials.length} runs, ${trials.length - todo.length} of them done before; results in ${pathFromRoot(out)}`,
  );
  const began = performance.now();
  for (const [i, trial] of todo.entries()) {
    const isOver = args.budgetMs !== null && performance.now() - began > args.budgetMs;
    if (isOver) words.say(`The budget is used up with ${todo.length - i} runs to go: the same command goes on.`);
    if (isOver || interrupted.aborted) break;
    const result = await runTrial(trial, { environment, out, interrupted });
    if (result !== null) appendFileSync(resultsPath(out), renderResult(result));
    words.say(`${i + 1} of ${todo.length}  ${lineOf(trial, result)}`);
  }
  const score = scoreOf(trials, resultsOf(trials, resultsIn(out)));
  writeFileSync(join(out, "score.json"), canonicalJson(score));
  writeFileSync(join(out, "score.md"), tableOf(score));
  words.json(score);
  words.say(`\n${tableOf(score)}`);
  return interrupted.aborted ? exitCodes.interrupted : exits[standingOf(score)];
}

async function trialsOf(args: Arguments): Promise<readonly Ready[]> {
  const folder = resolve(args.mutants ?? join(root, "scenarios", "mutants"));
  const scenarios: { readonly file: string; readonly mutant: string }[] = [];
  for (const file of (await Array.fromAsync(glob(join(folder, "**", "*.yaml")))).toSorted()) {
    const { mutant } = (await load(args, { file, mutant: null, seed: "1" })).plan.scenario;
    if (mutant !== null) scenarios.push({ file: pathFromRoot(file), mutant });
  }
  if (scenarios.length === 0)
    throw new RollproofError("usage", `No scenario below ${pathFromRoot(folder)} names a mutant.`, {
      remedy: "Give a folder that holds some: prove --mutants scenarios/mutants",
    });
  const code = await codeDigest();
  const trials: Ready[] = [];
  for (const one of casesOf(scenarios, args.seeds ?? seedsUnlessTold)) {
    const loaded = await load(args, one);
    trials.push({ ...one, loaded, basis: sha256(renderPlan(loaded.plan), code) });
  }
  return trials;
}

async function load(args: Arguments, { file, mutant, seed }: Case): Promise<Loaded> {
  const positionals = [resolve(root, file)];
  const [loaded] = await loadScenarios({ ...args, positionals, mutant: mutant ?? "none" }, seed);
  if (loaded === undefined) throw new Error(`${file} was not loaded.`);
  return loaded;
}

/** Of everything that runs and judges: the harness, the pipelines, their specifications. */
async function codeDigest(): Promise<string> {
  const descriptions = [...catalogues.pipelines.values()];
  return await sourcesSha256([
    "harness/**/*.{ts,mjs}",
    ...descriptions.flatMap(({ versions }) => Object.values(versions).flatMap(({ sources }) => sources)),
    ...descriptions.flatMap(({ specificationPath }) => specificationPath ?? []),
  ]);
}

function resultsPath(out: string): string {
  return join(out, "results.jsonl");
}

function resultsIn(out: string): readonly Result[] {
  const path = resultsPath(out);
  return existsSync(path) ? parseResults(readFileSync(path, "utf8"), path) : [];
}

interface Place {
  readonly environment: ChosenEnvironment;
  readonly out: string;
  readonly interrupted: AbortSignal;
}

/** null: the run could not be carried out, and is tried again with the next command. */
async function runTrial({ loaded, ...trial }: Ready, place: Place): Promise<Result | null> {
  const began = performance.now();
  const ran = await carryOutRun({
    ...loaded,
    ...place,
    out: join(place.out, "runs"),
    timeoutMs: null,
    watch: () => ({ [Symbol.dispose]: () => undefined }),
    report: () => Promise.resolve(),
  });
  if (ran.verdict === null || place.interrupted.aborted) return null;
  const { outcome, headline, findings, expectation } = ran.verdict;
  const result = {
    ...trial,
    outcome,
    planted: expectation.planted,
    violated: findings.filter((finding) => finding.outcome === "invalid").map(({ invariant }) => invariant),
    headline,
    tookMs: Math.round(performance.now() - began),
  };
  // What went as it should needs no reading; the rest stays, with all of its evidence.
  if (expectation.met) rmSync(ran.directory, { recursive: true, force: true });
  return result;
}

function lineOf({ file, mutant, seed }: Trial, result: Result | null): string {
  const what = `${file}${mutant === null ? " without its bug" : ""}, seed ${seed}`;
  if (result === null) return `${what}: not carried out`;
  const violated = result.violated.length === 0 ? "" : ` (${result.violated.join(" ")})`;
  return `${what}: ${result.planted ?? result.outcome}${violated}, ${Math.round(result.tookMs / 1_000)} s`;
}
