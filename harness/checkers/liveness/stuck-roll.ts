import { calmSince } from "../../facts/active-faults.ts";
import { provenWaitMs } from "../../facts/commit-cadence.ts";
import type { Facts } from "../../facts/facts.ts";
import { everyFault, everyGauge } from "../../facts/reliances.ts";
import type { HistoryEvent } from "../../model/event.ts";
import { eventRef } from "../../model/evidence.ts";
import type { CheckerContext } from "../../model/finding.ts";
import { holdUpMs } from "../../model/profile.ts";
import { openMembers } from "../../model/program.ts";
import { dueActs } from "../../model/way-back.ts";
import { isOfOthers, takesDown, type Roll } from "../../facts/roll.ts";
import { witness, type Part } from "./unavailability.ts";

/**
 * A roll that stopped, or turned back, because an act took the whole of gates.timeout, of which so long was without a fault and its
 * aftermath: where data are restored or caught up with, all of it, since that depends on their amount; else as long as Kafka may hold
 * a sound member up. A rollback by design is none.
 */
export function judgeRoll(facts: Facts, context: CheckerContext): Part {
  const { roll } = facts;
  const failures = failuresOf(roll, context);
  if (failures.length === 0) {
    const { plan } = context;
    const open = openMembers(dueActs(plan, roll.course.turn), roll.course.settled);
    return { anomalies: [], doubts: open.length === 0 ? [] : [`The upgrade of ${open.join(", ")} did not settle.`] };
  }
  const parts = failures.map((failure) => judgeFailure(failure, facts, context));
  return {
    anomalies: parts.flatMap(({ anomalies }) => anomalies),
    doubts: parts.flatMap(({ doubts }) => doubts),
  };
}

/** An act that was given up. */
interface Failure {
  readonly what: "stopped" | "turned back";
  readonly event: HistoryEvent<"upgrade-stopped"> | HistoryEvent<"roll-back-began">;
  /** Null: none was under way. */
  readonly act: HistoryEvent<"upgrade-act-began"> | null;
  readonly waitsSince: HistoryEvent | null;
  /** It was given up for a reason that is not the pipeline's. */
  readonly isOfOthers: boolean;
}

function failuresOf(roll: Roll, { plan }: CheckerContext): readonly Failure[] {
  const { stopped, turn, act, isActOpen, waitsSince } = roll;
  const isPlanned = turn !== null && turn.cut === null && turn.began.act === plan.scenario.upgrade.rollBackAfter;
  return [
    ...(turn === null || isPlanned
      ? []
      : [
          {
            what: "turned back",
            event: turn.began,
            act: turn.cut,
            waitsSince: turn.cut,
            isOfOthers: turn.isOfOthers,
          } as const,
        ]),
    ...(stopped === null
      ? []
      : [
          {
            what: "stopped",
            event: stopped,
            act: isActOpen ? act : null,
            waitsSince,
            isOfOthers: isOfOthers(roll),
          } as const,
        ]),
  ];
}

function judgeFailure(
  { what, event, act, waitsSince, isOfOthers: isNotItsOwn }: Failure,
  { ends, cadence }: Facts,
  context: CheckerContext,
): Part {
  const { plan, hostFactor } = context;
  const doubt = `The upgrade ${what} (${event.why}), and whether the pipeline held it up cannot be told.`;
  if (waitsSince === null || isNotItsOwn) return { anomalies: [], doubts: [doubt] };
  const gateMs = provenWaitMs(cadence, plan.scenario.gates.timeoutMs * hostFactor);
  const isWithoutData = act !== null && takesDown(act);
  const neededMs = isWithoutData ? Math.min(gateMs, holdUpMs(plan.scenario, hostFactor)) : gateMs;
  const calmFrom = Math.max(waitsSince.at, calmSince(ends.faults, event.at, ends.holdUpNanos));
  const waitedMs = (event.at - waitsSince.at) / 1e6;
  const calmMs = (event.at - calmFrom) / 1e6;
  if (waitedMs < gateMs || calmMs < neededMs) return { anomalies: [], doubts: [doubt] };
  const where = act !== null ? `in ${act.act}` : "between two acts";
  const seconds = (ms: number): string => (ms / 1e3).toFixed(1);
  return {
    anomalies: [
      witness({
        sentence: `The roll ${what} ${where} after ${seconds(waitedMs)} s, the last ${seconds(calmMs)} s of them without a fault: ${event.why}`,
        expected: `settled within ${seconds(gateMs)} s`,
        actual: "not settled",
        evidence: [eventRef(waitsSince.seq), eventRef(event.seq)],
        restsOn: [
          { ledger: "upgrade", partition: null, from: waitsSince.seq, to: event.seq, claims: "presence" },
          everyFault,
          everyGauge,
        ],
        task: null,
        seq: waitsSince.seq,
      }),
    ],
    doubts: [],
  };
}
