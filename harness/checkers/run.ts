import type { EvidenceBatch } from "../model/evidence.ts";
import type { Checker, JudgingContext } from "./checker.ts";
import { beginFacts, stepFacts } from "../facts/facts.ts";
import type { CheckerContext, Finding } from "../model/finding.ts";
import { checkers } from "./all.ts";
import { beginNeeds } from "./honesty/needs.ts";
import { learnHoles, spared, beginHoles } from "./gap-rule.ts";

/** All checkers over one pass of the evidence. `finish` may be called in mid-run. */
export interface Checks {
  step(batch: EvidenceBatch): void;
  finish(): readonly Finding[];
}

/** A checker that throws is unknown with its stack, and is not stepped again; without facts all of them are. */
export function beginChecks(context: CheckerContext, chosen: readonly Checker<unknown>[] = checkers): Checks {
  const holes = beginHoles();
  const needs = beginNeeds(context);
  const facts = beginFacts(context);
  const running = chosen.map((checker) => guarded(checker, { ...context, facts }));
  let failed: string | null = null;
  return {
    step(batch) {
      needs.step(batch);
      if (failed !== null) return;
      failed = failureOf(() => stepFacts(facts, batch));
      if (failed !== null) return;
      learnHoles(holes, batch, facts);
      for (const check of running) check.step(batch);
    },
    finish: () =>
      failed === null
        ? running.map((check) => needs.weigh(spared(check.finish(), holes)))
        : chosen.map((checker) => crashed(checker, failed)),
  };
}

interface Guarded {
  step(batch: EvidenceBatch): void;
  finish(): Finding;
}

function guarded(checker: Checker<unknown>, context: JudgingContext): Guarded {
  let thrown: string | null = null;
  const attempt = <T>(work: () => T): T | null => {
    if (thrown !== null) return null;
    let result: T | null = null;
    thrown = failureOf(() => void (result = work()));
    return result;
  };
  let state: unknown = attempt(() => checker.begin(context));
  return {
    // Once per checker and batch: no closure is made.
    step(batch) {
      if (thrown !== null) return;
      try {
        state = checker.step(state, batch);
      } catch (error) {
        thrown = stackOf(error);
      }
    },
    finish: () => attempt(() => checker.finish(state)) ?? crashed(checker, thrown),
  };
}

/** The stack of what `work` threw; null when it did not. */
function failureOf(work: () => void): string | null {
  try {
    work();
    return null;
  } catch (error) {
    return stackOf(error);
  }
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function crashed({ id, name }: Checker<unknown>, stack: string | null): Finding {
  const why = `The checker failed: ${stack ?? "no stack"}. This is a defect of rollproof.`;
  return { invariant: id, name, outcome: "unknown", examined: 0, unit: "nothing", why, anomalies: [] };
}
