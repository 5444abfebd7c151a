import type { Draw } from "../../model/pipeline.ts";
import type { Edits, Log } from "../edits.ts";
import type { Kind, Recorded } from "../model.ts";
import { drawn, placeOf } from "../places.ts";
import { replace } from "./target.ts";

type Described = Pick<Kind, "name" | "what" | "must" | "but" | "row"> & {
  /** False: not here. A text says where, when it is another place than was drawn. */
  plant(target: {
    readonly history: Recorded;
    readonly edits: Edits;
    readonly log: Log;
    readonly offset: number;
  }): unknown;
};

/** Damage at a record that the workload sent. */
function onInput(described: Described): Kind {
  return {
    family: "damage",
    ...described,
    needs: "an input",
    plant: (history, draw: Draw, edits) => {
      const logs = [...history.known.logs.values()].filter(({ topic, partition }) =>
        history.planned.logs.has(`${topic}-${partition}`),
      );
      return drawn(draw, logs, (log) => {
        const offset = draw.integer(0, history.known.end(log) - 1);
        if (history.known.find(log, offset) === null) return null;
        const planted = described.plant({ history, edits, log, offset });
        if (planted === false) return null;
        return typeof planted === "string" ? planted : placeOf({ log, offset });
      });
    },
  };
}

/** What was sent, against what is in the logs. */
export const inputKinds: readonly Kind[] = [
  onInput({
    name: "input-lost",
    row: 1,
    what: "The last record of a source log was acknowledged, and is not there.",
    // Kafka lost it: whatever the pipeline made of it accuses nobody.
    must: ["unknown"],
    plant({ history, edits, log }) {
      const last = history.known.end(log) - 1;
      edits.record(log, last, { kind: "lose" });
      return history.known.find(log, last) !== null && placeOf({ log, offset: last });
    },
  }),
  onInput({
    name: "input-value-changed",
    row: 1,
    what: "An acknowledged input lies in its log with another value.",
    must: ["unknown", "EO4", "EO2", "EO3"],
    plant(target) {
      const value = target.history.known.find(target.log, target.offset)?.record.value;
      // A payment ends with its time and a brace.
      if (value == null || value.length < 3 || value.at(-1) !== 0x7d || value.at(-2) === 0x37) return false;
      replace(target, target, () => ({ value: Uint8Array.of(...value.subarray(0, -2), 0x37, 0x7d) }));
      return true;
    },
  }),
  onInput({
    name: "input-key-changed",
    row: 1,
    what: "An acknowledged input lies in its log with another key.",
    must: ["unknown", "EO4", "EO2", "EO3"],
    plant(target) {
      replace(target, target, ({ key }) => ({ key: key && Uint8Array.of(...key, 0x37) }));
    },
  }),
];
