import type { PipelineDescription, Specification, StageSpecification } from "../model/pipeline.ts";
import { twoStages, wire } from "./hand-written.fixture.ts";

/** One stage that copies `in` to `out` and says nothing of itself: no header, no testimony, one transactional id a member. */
export const silent: PipelineDescription = {
  ...twoStages,
  name: "silent",
  speaks: false,
  topics: (partitions) => ["in", "out"].map((name) => ({ name, partitions, config: {} })),
  stages: [{ name: "copy", sources: ["in"], group: "copiers", changelog: null, sinks: ["out"], transactionalId: null }],
};

const text = new TextDecoder();

/** Each record goes to the topic under its key: its value as it is by v1, in capitals by v2; a tombstone stays one. */
export function copyingTo(topic: string): StageSpecification {
  return {
    start: () => ({
      step: ({ key, value }) => ({
        outputs: [
          {
            ordinal: 0,
            topic,
            key,
            value(format) {
              const copied = value === null ? null : text.decode(value);
              if (format === "v1") return copied;
              if (format === "v2") return copied?.toUpperCase() ?? null;
              throw new Error(`no format ${format}`);
            },
          },
        ],
        changes: [],
      }),
    }),
    output: (value) => text.decode(value),
  };
}

export const copying: Specification = { stages: { copy: copyingTo("out") } };

/** Group metadata, value version 3, as a broker of 4.1 writes it for the classic protocol. Members as [id in the group, client id, owned]. */
export function groupRecord(
  group: string,
  generation: number,
  members: readonly (readonly [string, string, readonly string[]])[],
): { readonly key: Uint8Array; readonly value: Uint8Array } {
  const blob = (bytes: Uint8Array): Uint8Array => wire([32, bytes.length], bytes);
  const written = members.map(([memberId, clientId, owned]) => {
    const topics = Map.groupBy(owned, (place) => place.slice(0, place.lastIndexOf("-")));
    const assigned = [...topics].map(([topic, places]) =>
      wire(topic, [32, places.length], ...places.map((place): [32, number] => [32, Number(place.split("-").at(-1))])),
    );
    const assignment = wire([16, 3], [32, topics.size], ...assigned, [32, -1]);
    return wire(memberId, [16, -1], clientId, "/127.0.0.1", [32, 5_000], [32, 2_000], blob(wire()), blob(assignment));
  });
  return {
    key: wire([16, 2], group),
    value: wire([16, 3], "consumer", [32, generation], "range", "leader", [64, 0], [32, members.length], ...written),
  };
}
