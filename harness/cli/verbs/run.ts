import { RollproofError, exitCodes } from "../../base/errors.ts";
import type { ChosenEnvironment } from "../../model/environment.ts";
import type { Plan } from "../../model/plan.ts";
import type { Verdict } from "../../model/verdict.ts";
import { descriptionOf } from "../../run/description-of.ts";
import { placeFor } from "../../run/place.ts";
import { readJudged } from "../../check/report.ts";
import type { Watched } from "../../run/run.ts";
import { exitCodeOf, worstExit } from "../../verdict/exit-code.ts";
import type { Arguments } from "../arguments.ts";
import { loadPlan, loadScenarios, seedOf, type Loaded } from "../load.ts";
import { carryOutRun } from "../one-run.ts";
import { showProgress, beginProgress } from "../progress.ts";
import { report } from "../reporters.ts";
import type { Words } from "../words.ts";

interface Ended {
  readonly name: string;
  readonly exit: number;
  readonly verdict: Verdict | null;
}

/** `run`: plan, run, check, report; several scenarios one after another, then one summary. */
export async function runVerb(args: Arguments, words: Words, interrupted: AbortSignal): Promise<number> {
  const loaded = await load(args, words);
  const plans = loaded.map(({ plan }) => plan);
  const environment = await placeFor(plans, args.environment, interrupted);
  const ended: Ended[] = [];
  for (const one of loaded) {
    if (interrupted.aborted) break;
    if (loaded.length > 1) words.say(`\n== ${one.name}`);
    ended.push(await runOne({ ...one, environment }, args, words, interrupted));
  }
  const verdicts = ended.flatMap(({ verdict }) => verdict ?? []);
  if (args.plan === null && loaded.length > 1) words.json(verdicts);
  else words.json(verdicts[0] ?? null);
  const exit = worstExit(ended.map((one) => one.exit));
  if (loaded.length > 1) sayAll(loaded, ended, words);
  sayReplay(args, loaded, words);
  return interrupted.aborted ? worstExit([exit, exitCodes.interrupted]) : exit;
}

async function load(args: Arguments, words: Words): Promise<readonly Loaded[]> {
  if ((args.plan === null) === (args.positionals.length === 0))
    throw new RollproofError("usage", "`run` takes one or more scenarios, or --plan FILE.", {
      remedy: "For example: run scenarios/rolling-upgrade.yaml",
    });
  if (args.plan !== null) {
    if (args.seed !== null || args.mutant !== null)
      throw new RollproofError("usage", "A plan already has its seed and its mutant.", {
        remedy: "Leave --seed and --mutant out, or run the scenario.",
      });
    const loaded = await loadPlan(args.plan);
    words.say(`seed ${loaded.plan.seed}`);
    return [loaded];
  }
  const seed = seedOf(args);
  words.say(`seed ${seed}`);
  return await loadScenarios(args, seed);
}

async function runOne(
  one: Loaded & { readonly environment: ChosenEnvironment },
  args: Arguments,
  words: Words,
  interrupted: AbortSignal,
): Promise<Ended> {
  const { name, plan } = one;
  const ran = await carryOutRun({
    ...one,
    out: args.out,
    timeoutMs: args.timeoutMs,
    interrupted,
    watch: (history) => watchRun(plan, history, words),
    report: async (directory) => await report({ directory, ...readJudged(directory) }, words),
  });
  if (ran.verdict === null) return { name, ...ran };
  return { name, verdict: ran.verdict, exit: exitCodeOf(ran.verdict, { asExpected: args.asExpected }) };
}

/** Progress goes where the words go: redrawn on a terminal, plain lines elsewhere. */
function watchRun(plan: Plan, { recorder, clock }: Watched, words: Words): Disposable {
  const stream = words.stream;
  return showProgress({
    progress: beginProgress({ plan, description: descriptionOf(plan) }),
    subscribe: recorder.subscribe,
    subscribeFrames: recorder.subscribeFrames,
    now: () => clock.now(),
    screen: {
      columns: stream.isTTY ? stream.columns : null,
      write: (text) => void stream.write(text),
    },
  });
}

function sayAll(loaded: readonly Loaded[], ended: readonly Ended[], words: Words): void {
  words.say("\nAll scenarios");
  for (const { name } of loaded) {
    const one = ended.find((candidate) => candidate.name === name);
    const outcome = one === undefined ? "not run" : (one.verdict?.outcome ?? "failed");
    const met = one?.verdict?.expectation.met === false ? "  (not as expected)" : "";
    words.say(`  ${outcome.padEnd(8)} ${name}${met}`);
  }
}

/** The replay command is the last line; that of a single run stands at the end of its own words. */
function sayReplay(args: Arguments, loaded: readonly Loaded[], words: Words): void {
  if (loaded.length < 2) return;
  const seed = loaded[0]?.plan.seed ?? "";
  const mutant = args.mutant === null ? "" : ` --mutant ${args.mutant}`;
  words.say(`replay: npm run -s rollproof -- run ${args.positionals.join(" ")} --seed ${seed}${mutant}`);
}
