import type { HistoryEvent } from "../../model/event.ts";
import type { Plan } from "../../model/plan.ts";
import { indexRuns } from "../../facts/index-runs.ts";
import { addBit, beginBits, type PagedBits } from "../../facts/paged-bits.ts";
import { earlyEnd } from "./run-facts.ts";

/** The sends of the history against the planned ones: each planned record is sent once, and no other. */
export interface PlannedSends {
  readonly streams: ReadonlyMap<string, PlannedStream>;
  /** What `sends-finished` counts; null: it did not come. */
  finished: number | null;
  hasEndedEarly: boolean;
}

interface PlannedStream {
  readonly count: number;
  readonly sent: PagedBits;
  twice: number;
  /** Records with a number that the plan does not have, or with none. */
  unplanned: number;
}

export function beginPlannedSends({ sends }: Plan): PlannedSends {
  const streams = sends.map(({ stream, count }): [string, PlannedStream] => [
    stream,
    { count, sent: beginBits(), twice: 0, unplanned: 0 },
  ]);
  return { streams: new Map(streams), finished: null, hasEndedEarly: false };
}

export function learnPlannedSend(planned: PlannedSends, event: HistoryEvent): void {
  if (earlyEnd(event) !== null) planned.hasEndedEarly = true;
  if (event.kind === "sends-finished") planned.finished = event.records;
  if (event.kind !== "send-invoked") return;
  const stream = planned.streams.get(event.stream);
  if (stream === undefined) return;
  let numbered = 0;
  for (const [first, last] of indexRuns(event.indexes) ?? []) {
    numbered += last - first + 1;
    if (last >= stream.count) stream.unplanned += last - Math.max(first, stream.count) + 1;
    for (let index = first; index <= last && index < stream.count; index += 1)
      if (!addBit(stream.sent, index)) stream.twice += 1;
  }
  stream.unplanned += Math.abs(event.count - numbered);
}

export function plannedSendReasons({ streams, finished, hasEndedEarly }: PlannedSends): readonly string[] {
  const reasons = [...streams].flatMap(([name, { count, sent, twice, unplanned }]) => [
    ...(unplanned > 0 ? [`${unplanned} records sent to ${name} are none of the ${count} planned: ${runAgain}`] : []),
    ...(twice > 0 ? [`${twice} planned records of ${name} were sent twice: ${runAgain}`] : []),
    // An early end is a reason of its own, and explains what was not sent.
    ...(sent.count < count && !hasEndedEarly
      ? [`Only ${sent.count} of ${count} planned inputs of ${name} were sent: ${runAgain}`]
      : []),
  ]);
  const planned = [...streams.values()].reduce((sum, { count }) => sum + count, 0);
  if (reasons.length > 0 || hasEndedEarly || planned === 0 || finished === planned) return reasons;
  return [
    finished === null
      ? "The history does not say that all inputs were sent: let the run end."
      : `The history counts ${finished} inputs sent, the plan has ${planned}: ${runAgain}`,
  ];
}

const runAgain = "run the plan again.";
