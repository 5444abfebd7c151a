import type { Kind, Recorded } from "../model.ts";
import type { Edits, Log } from "../edits.ts";
import { placeOf, placesIn } from "../places.ts";
import { utf8 } from "../wire/bytes.ts";
import { headerOf, headersWith, onOutput, putBefore, replace } from "./target.ts";

const needs = "a flag that a format waits for, and its activation";

/** What the upgrade's barrier holds back. */
export const upgradeKinds: readonly Kind[] = [
  onOutput({
    name: "new-format-before-the-activation",
    what: "An output from before the flag's activation, and its header, are in the format that waits for the flag.",
    must: ["UP5"],
    needs,
    plant(target) {
      const { history, written, record } = target;
      const { cause, ordinal, log, offset } = written;
      const [format] = history.description.activate?.formats?.outputs.after ?? [];
      const [began = -1] = activationsBegun(history);
      const found = history.known.find(log, offset);
      const stage = history.description.stages.find(({ sources }) => cause !== null && sources.includes(cause.topic));
      if (format === undefined || cause === null || stage === undefined || found === null || found.index > began)
        return false;
      const writer = headerOf(record, "rp-writer")?.split("/");
      const effect = history.known.expected(stage.name, cause.partition, cause.offset);
      const value = effect?.outputs.find((output) => output.ordinal === ordinal)?.value(format);
      if (writer === undefined || value == null || writer[3] === format) return false;
      const headers = headersWith(record, "rp-writer", [...writer.slice(0, 3), format].join("/"));
      replace(target, written, () => ({ ...headers, value: utf8(value) }));
      return true;
    },
  }),
  onActivation({
    name: "activation-lost",
    what: "The flag's activation was never written, and members write the format that waits for it all the same.",
    plant: (_, edits, { log, offset }) => edits.record(log, offset, { kind: "remove" }),
  }),
  onActivation({
    name: "activation-before-the-roll",
    what: "The flag's activation is in the log before the first member is replaced.",
    plant(history, edits, { index }) {
      const [zero = -1] = history.known.events("time-zero");
      if (zero < 0 || index < zero) return false;
      const passed = Array.from({ length: index - zero - 1 }, (_, i) => zero + 1 + i);
      edits.reorder(zero + 1, [index, ...passed]);
      return true;
    },
  }),
  misread({
    name: "old-records-misread-by-the-new-version",
    what: "The new version answers wrongly to every record that the old one wrote for its next stage.",
    must: ["UP1", "EO4"],
    pairOf: ({ from, to }) => ({ reader: to, writer: from }),
  }),
  misread({
    name: "new-records-misread-by-the-old-version",
    what: "The old version answers wrongly to every record that the new one wrote for its next stage.",
    must: ["UP2", "EO4"],
    pairOf: ({ from, to }) => ({ reader: from, writer: to }),
  }),
];

/** What the barrier lets pass. */
export const upgradeLawful: readonly Kind[] = [
  {
    ...onActivation({
      name: "activation-written-again",
      what: "The flag's activation is in the log twice, as after a harness that was started again.",
      plant: (history, edits, { log, offset }) => {
        const found = history.known.find(log, offset);
        return found !== null && putBefore({ history, edits }, { log, offset }, found.record);
      },
    }),
    family: "lawful",
    must: ["valid"],
  },
];

/** Indexes of the events with which activations began. */
function activationsBegun({ known, items }: Recorded): readonly number[] {
  return known.events("upgrade-act-began").filter((index) => {
    const item = items[index];
    return item?.kind === "event" && item.event.kind === "upgrade-act-began" && item.event.what === "activate";
  });
}

interface Activation {
  readonly log: Log;
  readonly offset: number;
  /** Of its frame. */
  readonly index: number;
}

function onActivation(
  of: Pick<Kind, "name" | "what"> & {
    readonly plant: (history: Recorded, edits: Edits, at: Activation) => unknown;
  },
): Kind {
  return {
    family: "damage",
    must: ["UP5"],
    needs,
    ...of,
    plant(history, _, edits) {
      const topic = history.description.activate?.topic;
      const log = topic === undefined ? null : { topic, partition: 0 };
      const offset = log === null ? 0 : history.known.end(log) - 1;
      const found = log === null ? null : history.known.find(log, offset);
      if (log === null || found === null) return null;
      return of.plant(history, edits, { log, offset, index: found.index }) === false ? null : placeOf({ log, offset });
    },
  };
}

/** Every output of the one version whose cause the other wrote has a number that is some more than it was. */
function misread({
  pairOf,
  ...described
}: Pick<Kind, "name" | "what" | "must"> & {
  readonly pairOf: (of: { readonly from: string; readonly to: string }) => {
    readonly reader: string;
    readonly writer: string;
  };
}): Kind {
  return {
    family: "damage",
    ...described,
    needs: "two stages in a row, and records that name their writers",
    plant(history, draw, edits) {
      const { reader, writer } = pairOf(history.plan.scenario);
      const by = draw.integer(1, 9);
      let planted = 0;
      for (const { log, offset, cause, value, writer: own } of placesIn(history).outputs) {
        if (own?.version !== reader || value === null || cause === null) continue;
        const read = history.known.find(cause, cause.offset)?.record;
        if (read === undefined || headerOf(read, "rp-writer")?.split("/")[2] !== writer) continue;
        planted += 1;
        replace({ edits }, { log, offset }, () => ({ value: utf8(withMore(value, by)) }));
      }
      return planted === 0 ? null : `${planted} outputs of ${reader}`;
    },
  };
}

/** The JSON value with its count that much higher. */
function withMore(value: Uint8Array, by: number): string {
  const read: Readonly<Record<string, unknown>> = Object(JSON.parse(new TextDecoder().decode(value)));
  return JSON.stringify({ ...read, n: Number(read["n"]) + by });
}
