import type { Draw } from "../../model/pipeline.ts";
import type { Edits } from "../edits.ts";
import type { Kind, Recorded } from "../model.ts";
import { drawn, placesIn, type Committed } from "../places.ts";
import { lawful } from "./lawful.ts";

/** The beginning of a source log is deleted; the tail had read all of it. */
function onDeletion(
  when: (history: Recorded, committed: Committed) => number | undefined,
): Pick<Kind, "needs" | "plant"> {
  return {
    needs: "a task with commits",
    plant: (history: Recorded, draw: Draw, edits: Edits) =>
      drawn(draw, placesIn(history).commits, (committed) => {
        const { topic, partition, nextOffset } = committed.commit;
        const after = when(history, committed);
        if (after === undefined || nextOffset === null || nextOffset < 1) return null;
        edits.insertEvent(after, { kind: "log-start-moved", topic, partition, from: 0, to: nextOffset });
        return `${topic}-${partition} up to ${nextOffset}, after item ${after}`;
      }),
  };
}

export const deletionKinds: readonly Kind[] = [
  {
    family: "damage",
    name: "source-deleted-before-its-commit",
    what: "Records of a source are deleted long before the commit that covers them.",
    must: ["OF4"],
    ...onDeletion(({ known }, { before, commit }) => {
      // Nothing of the task was committed, and the offsets log grew many times since.
      const [sent] = known.events("send-ok");
      return before !== null && commit.seq > (sent ?? Infinity) + 500 ? sent : undefined;
    }),
  },
];

export const deletionLawful: readonly Kind[] = [
  lawful({
    name: "source-deleted-behind-its-commit",
    what: "Records of a source are deleted once they are committed.",
    ...onDeletion(({ known }, { commit }) => known.events("gauge-lag").find((index) => index > commit.seq)),
  }),
];
