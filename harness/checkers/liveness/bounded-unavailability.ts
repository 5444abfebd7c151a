/**
 * LV3, bounded unavailability: during the roll a task commits nothing for longer than the budget, assignments do not settle within so
 * many rebalances, a member ends by itself, or the roll cannot complete while no fault is active and the host is sound. The budget is
 * the scenario's `availability`, else the profile's (`availabilityOf`).
 *
 * Verified: each end of a member with an exit code of 1 to 127 that no fault explains, orderly stops included (facts/ends.ts); a phase
 * of a step that took the whole of `gates.timeout`; the lag of every sampled task from the first step to the end of the faults, and
 * within each part of a replacement for which a budget is declared; the generations of every group, and the changes of writer of every
 * task's transactional id, within each step.
 * Not verified: ends by a signal or with exit code 0 or above 127, which somebody outside may have brought about (HZ1 is unknown then);
 * what happens before the first step and after the faults (LV1); rebalances of groups of the newer protocol; changes of hands where
 * records name no writer.
 * Soundness in mixed situations: a fault explains what happens while it is active and for as long afterwards as Kafka's own time-outs
 * may hold a sound pipeline up; a declared gap or number of rebalances holds under faults, too. An overloaded host, a fault not proven
 * healed, a broker or a tail that is gone, and a run that was cut short turn all of it into unknown.
 */
import type { CheckerContext } from "../../model/finding.ts";
import { availabilityOf, type Availability } from "../../model/profile.ts";
import type { Facts } from "../../facts/facts.ts";
import { conclude, notEnded } from "../anomalies.ts";
import type { Checker, JudgingContext } from "../checker.ts";
import { beginExcuses, stepExcuses, surroundingsOf, type Excuses } from "./excuses.ts";
import { beginGaps, gapAnomalies, stepGaps, type OutputGaps } from "./output-gap.ts";
import { judgeRoll } from "./stuck-roll.ts";
import type { Part } from "./unavailability.ts";
import { judgeEnds } from "./unasked-ends.ts";
import { judgeAssignments } from "./unsettled-assignments.ts";

const id = "LV3";
const name = "bounded unavailability";

interface State {
  readonly context: CheckerContext;
  readonly facts: Facts;
  readonly budget: Availability;
  readonly excuses: Excuses;
  readonly gaps: OutputGaps;
  ends: number;
  hasEnded: boolean;
}

export const boundedUnavailability: Checker<State> = {
  id,
  name,
  begin: (context: JudgingContext) => {
    const budget = availabilityOf(context.plan.scenario, context.hostFactor);
    return {
      context,
      facts: context.facts,
      budget,
      excuses: beginExcuses(context),
      gaps: beginGaps(budget),
      ends: 0,
      hasEnded: false,
    };
  },
  step(state, batch) {
    if (batch.kind === "end") state.hasEnded = true;
    if (batch.kind !== "event") return state;
    const { event } = batch;
    stepExcuses(state.excuses, event);
    if (event.kind === "process-ended" && event.process.startsWith("member-")) state.ends += 1;
    if (event.kind === "gauge-lag") stepGaps(state.gaps, state.facts, event);
    return state;
  },
  finish(state) {
    const { context, facts, budget, gaps } = state;
    const parts: readonly Part[] = [
      judgeEnds(facts.ends, budget),
      judgeRoll(facts, context),
      { anomalies: gapAnomalies(gaps), doubts: [] },
      judgeAssignments(facts.rebalances, budget),
    ];
    const found = parts.flatMap(({ anomalies }) => anomalies);
    const excuses = [...surroundingsOf(state.excuses), ...brokenBrokers(facts)];
    const unhealed = [...state.excuses.faults].map((fault) => `${fault} may explain anything: its end was not proven.`);
    const doubts = [...(state.hasEnded ? [] : [notEnded]), ...unhealed, ...parts.flatMap((part) => part.doubts)];
    return conclude({
      invariant: id,
      name,
      unit: "ends of members, tasks and steps of the roll",
      examined: state.ends + gaps.tasks.size + facts.rebalances.steps.length,
      anomalies: excuses.length > 0 ? [] : found,
      doubts: excuses.length > 0 && found.length > 0 ? excuses : doubts,
      idle: "No member ended, and no step of the upgrade began.",
    });
  },
};

/** A broker that ended although nothing asked for it may have taken members with it. */
function brokenBrokers({ ends }: Facts): readonly string[] {
  return [...ends.odd.values()].flatMap(({ first }) =>
    first.process.startsWith("broker-") ? [`${first.process} ended, and nothing in the run asked for it.`] : [],
  );
}
