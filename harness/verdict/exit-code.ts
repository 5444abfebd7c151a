import { exitCodes } from "../base/errors.ts";
import type { Verdict } from "../model/verdict.ts";

/**
 * The exit code of one verdict; with `asExpected` it says whether the scenario ended as its own `expect` says. A planted bug that
 * survived is our own defect; one whose need was not met is unknown, whatever was expected.
 */
export function exitCodeOf(verdict: Verdict, options: { readonly asExpected: boolean }): number {
  const { planted } = verdict.expectation;
  if (planted === "survived") return exitCodes.defect;
  if (planted === "need-not-met") return exitCodes.unknown;
  if (options.asExpected) return verdict.expectation.met ? exitCodes.valid : exitCodes.invalid;
  return exitCodes[verdict.outcome];
}

/** Worst first. */
const order: readonly number[] = [
  exitCodes.outputClosed,
  exitCodes.interrupted,
  exitCodes.defect,
  exitCodes.environment,
  exitCodes.pipeline,
  exitCodes.usage,
  exitCodes.invalid,
  exitCodes.unknown,
  exitCodes.valid,
];

/** The worst exit code of several scenarios; a code that is not in the table is a defect of our own. */
export function worstExit(codes: readonly number[]): number {
  const ranks = codes.map((code) => (order.includes(code) ? order.indexOf(code) : order.indexOf(exitCodes.defect)));
  return order[Math.min(...ranks, order.length - 1)] ?? exitCodes.defect;
}
