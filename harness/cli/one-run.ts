import { RollproofError } from "../base/errors.ts";
import { judgeRun } from "../check/judge-run.ts";
import type { ChosenEnvironment } from "../model/environment.ts";
import type { Verdict } from "../model/verdict.ts";
import { runPlan, type Watched } from "../run/run.ts";
import type { Loaded } from "./load.ts";
import { namingOut, runsBelow } from "./verbs/clean.ts";
import { explain } from "./words.ts";

export interface RunOrder extends Loaded {
  readonly environment: ChosenEnvironment;
  /** Where the run directory goes; null: the usual place. */
  readonly out: string | null;
  readonly timeoutMs: number | null;
  readonly interrupted: AbortSignal;
  readonly watch: (history: Watched) => Disposable;
  /** Told of each run that was judged, before `carryOutRun` resolves. */
  readonly report: (directory: string) => Promise<void>;
}

export type CarriedOut =
  | { readonly verdict: Verdict; readonly directory: string }
  /** It was not judged: its words went to stderr. */
  | { readonly verdict: null; readonly exit: number };

/** Plan → run → verdict. */
export async function carryOutRun(order: RunOrder): Promise<CarriedOut> {
  const { plan, scenarioText, environment, out, timeoutMs, interrupted, watch } = order;
  try {
    const ran = await runPlan({
      plan,
      scenarioText,
      out: runsBelow(out),
      environment,
      signal: AbortSignal.any([interrupted, timeoutSignal(timeoutMs)]),
      watch,
    });
    if (ran.cutShort?.code === "environment-unavailable") sayError(ran.cutShort, out);
    const verdict = await judgeRun(ran.directory);
    await order.report(ran.directory);
    return { verdict, directory: ran.directory };
  } catch (error) {
    return { verdict: null, exit: sayError(error, out) };
  }
}

/** Its words on stderr; returns its exit code. */
function sayError(error: unknown, out: string | null): number {
  const { lines, exit } = explain(error);
  for (const line of namingOut(lines, out)) process.stderr.write(`${line}\n`);
  return exit;
}

function timeoutSignal(timeoutMs: number | null): AbortSignal {
  const controller = new AbortController();
  if (timeoutMs !== null)
    setTimeout(() => {
      controller.abort(
        new RollproofError("deadline-passed", `The run took longer than --timeout ${timeoutMs / 1_000}s.`, {
          remedy: "Give it more time, or a smaller workload.",
        }),
      );
    }, timeoutMs).unref();
  return controller.signal;
}
