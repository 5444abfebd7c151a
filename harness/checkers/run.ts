import type { EvidenceBatch } from "../model/evidence.ts";
import type { Checker, CheckerContext, Finding } from "../model/finding.ts";
import { checkers } from "./all.ts";
import { startNeeds } from "./honesty/needs.ts";
import { learnHoles, spared, startHoles } from "./gap-rule.ts";

/** All checkers over one pass of the evidence. `finish` may be called in mid-run. */
export interface Checks {
  step(batch: EvidenceBatch): void;
  finish(): readonly Finding[];
}

/** A checker that throws is unknown with its stack, and is not stepped again. */
export function startChecks(context: CheckerContext, chosen: readonly Checker<unknown>[] = checkers): Checks {
  const holes = startHoles();
  const needs = startNeeds(context);
  const running = chosen.map((checker) => guarded(checker, context));
  return {
    step(batch) {
      learnHoles(holes, batch);
      needs.step(batch);
      for (const check of running) check.step(batch);
    },
    finish: () => running.map((check) => needs.weigh(spared(check.finish(), holes))),
  };
}

interface Guarded {
  step(batch: EvidenceBatch): void;
  finish(): Finding;
}

function guarded(checker: Checker<unknown>, context: CheckerContext): Guarded {
  let thrown: string | null = null;
  const attempt = <T>(work: () => T): T | null => {
    if (thrown !== null) return null;
    try {
      return work();
    } catch (error) {
      thrown = error instanceof Error ? (error.stack ?? error.message) : String(error);
      return null;
    }
  };
  let state: unknown = attempt(() => checker.start(context));
  return {
    step(batch) {
      attempt(() => {
        state = checker.step(state, batch);
      });
    },
    finish: () => attempt(() => checker.finish(state)) ?? crashed(checker, thrown),
  };
}

function crashed({ id, name }: Checker<unknown>, stack: string | null): Finding {
  const why = `The checker failed: ${stack ?? "no stack"}. This is a defect of rollproof.`;
  return { invariant: id, name, outcome: "unknown", examined: 0, unit: "nothing", why, anomalies: [] };
}
