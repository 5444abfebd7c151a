import type { EventBody } from "../../model/event.ts";
import type { Draw } from "../../model/pipeline.ts";
import type { Edits, Log } from "../edits.ts";
import type { Kind, Recorded } from "../model.ts";
import { drawn, one, placeOf } from "../places.ts";
import { lawful } from "./lawful.ts";

type SecondRead = EventBody<"log-read-again">;

/** The tail reads the last records of a log again under a new leader, somewhere in the run, and finds this. */
function readAgain(found: (read: SecondRead, draw: Draw) => SecondRead): Pick<Kind, "needs" | "plant"> {
  return {
    needs: "a log",
    plant: (history, draw, edits) =>
      drawn(draw, history.known.events("gauge-lag"), (index) => {
        const log = one(draw, [...history.known.logs.values()]);
        const frames = log === null ? [] : history.known.frames(log).filter((frame) => frame < index);
        const [first, last] = [batchAt(history, frames.at(-8) ?? frames[0]), batchAt(history, frames.at(-1))];
        if (log === null || first === null || last === null) return null;
        const leaderEpoch = changeLeader({ history, edits, log, index });
        const to = Number(last.lastOffset) + 1;
        const same = { ...log, from: Number(first.baseOffset), to, leaderEpoch, records: to - first.baseOffset };
        edits.insertEvent(index, found({ ...orderly, ...same }, draw));
        return placeOf({ log, offset: last.lastOffset });
      }),
  };
}

const [digest, other] = ["a", "b"].map((digit) => digit.repeat(64));
const orderly = {
  kind: "log-read-again",
  gone: 0,
  before: digest ?? "",
  after: digest ?? "",
  differ: 0,
  differences: [],
  why: null,
} as const;

/** Batches that are read after the change have the new leader's epoch. */
function changeLeader(at: {
  readonly history: Recorded;
  readonly edits: Edits;
  readonly log: Log;
  readonly index: number;
}): number {
  const { history, edits, log, index } = at;
  const frames = history.known.frames(log);
  const epochs = frames.map((frame) => batchAt(history, frame)?.leaderEpoch ?? 0);
  // In the state log it is the coordinator's epoch, too, which the markers have.
  for (const later of log.topic.startsWith("__") ? [] : frames)
    if (later > index) edits.batch(later, (own) => ({ ...own, leaderEpoch: own.leaderEpoch + 1 }));
  return Math.max(...epochs) + 1;
}

export const secondReadKinds: readonly Kind[] = [
  {
    family: "damage",
    name: "record-altered-under-a-new-leader",
    what: "A record that had been read is another one when its partition has a new leader.",
    must: ["OR2"],
    ...readAgain((read, draw) => ({
      ...read,
      after: other ?? "",
      differ: 1,
      differences: [
        { offset: draw.integer(read.from, read.to - 1), what: one(draw, ["key", "value", "headers"]) ?? "value" },
      ],
    })),
  },
  {
    family: "damage",
    name: "records-lost-by-an-election",
    what: "The log of a new leader ends below records that had been read.",
    must: ["OR2"],
    ...readAgain((read) => ({
      ...read,
      after: other ?? "",
      differ: 1,
      differences: [{ offset: read.to - 1, what: "missing" }],
    })),
  },
  {
    family: "damage",
    name: "second-read-not-over",
    what: "A partition has a new leader, and what had been read could not be read again.",
    must: ["unknown"],
    ...readAgain((read) => ({ ...read, records: 0, why: "no leader has answered yet" })),
  },
];

export const secondReadLawful: readonly Kind[] = [
  lawful({
    name: "records-read-again",
    what: "A partition has a new leader, and what had been read is read again as it was.",
    ...readAgain((read) => read),
  }),
  lawful({
    name: "records-compacted-before-the-second-read",
    what: "A partition has a new leader, and compaction or retention has taken records that had been read.",
    ...readAgain((read) => ({ ...read, records: 0, gone: read.records })),
  }),
];

function batchAt({ items }: Recorded, index: number | undefined) {
  const item = items[index ?? -1];
  return item?.kind === "frame" ? item.batch : null;
}
