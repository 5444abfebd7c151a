import { howOf, wasStartedAgain, type Ends, type OddEnds } from "../../facts/ends.ts";
import { everyFault, everyGauge } from "../../facts/reliances.ts";
import { eventRef } from "../../model/evidence.ts";
import type { Anomaly } from "../../model/finding.ts";
import type { Availability } from "../../model/profile.ts";
import { witness, type Part } from "./unavailability.ts";

/** A member that ends by itself so often under a fault is no longer told apart from one that crashes anyhow. */
const explainedMax = 3;

/** Ends of members by themselves: beyond the restarts that the scenario allows, and none where a stop asked for an orderly end. */
export function judgeEnds(ends: Ends, { restarts }: Availability): Part {
  const own = [...ends.odd.values()].filter(({ by }) => by === "own");
  const unasked = own.filter(({ first }) => first.cause !== "asked");
  const count = unasked.reduce((sum, one) => sum + one.count, 0);
  const tooMany = count > restarts ? unasked : [];
  const failedStops = own.filter(({ first }) => first.cause === "asked");
  const often = [...ends.explained].filter(([, times]) => times > explainedMax);
  return {
    anomalies: [...tooMany, ...failedStops].map((one) => anomaly(ends, one, restarts)),
    doubts: often.map(
      ([member, times]) =>
        `${member} ended ${times} times by itself during faults: they explain an end, not so many. Read its log, or let it run without faults.`,
    ),
  };
}

function anomaly(ends: Ends, { first, last, count, why }: OddEnds, restarts: number): Anomaly {
  const { process, incarnation } = first;
  const seconds = (at: number): string => ((at - ends.timeZero) / 1e9).toFixed(1);
  const when =
    count === 1
      ? `at ${seconds(first.at)} s`
      : `${count} times from ${seconds(first.at)} s to ${seconds(last.at)} s, the first time`;
  const isStop = first.cause === "asked";
  const again = wasStartedAgain(ends, last) ? "" : ` It was not started again after incarnation ${last.incarnation}.`;
  const allowed = restarts === 0 ? "no end that nobody asked for" : `at most ${restarts} restarts of members`;
  return witness(
    {
      sentence: `${process} ended ${when} as incarnation ${incarnation} with ${howOf(first)}: ${why}, and no fault explains it.${isStop ? "" : again}`,
      expected: isStop ? "exit code 0 or an end by SIGTERM" : allowed,
      actual: count === 1 ? howOf(first) : `${howOf(first)}, ${count} times`,
      evidence: [...new Set([eventRef(first.seq), eventRef(last.seq)])],
      restsOn: [
        { ledger: "process", partition: null, from: first.seq, to: last.seq, claims: "presence" },
        everyFault,
        everyGauge,
      ],
      task: null,
      seq: first.seq,
    },
    count - 1,
  );
}
