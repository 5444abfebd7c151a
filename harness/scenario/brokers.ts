import { z } from "zod";
import { kafkaVersionPattern } from "../model/kafka-version.ts";
import type { ScenarioBroker } from "../model/scenario.ts";
import { whole } from "./forms.ts";

const expected = "expected a version of Kafka that can be started, 3.9.N or 4.1.N, such as 3.9.1";
const version = z
  .string({ error: expected })
  .regex(kafkaVersionPattern, { error: expected })
  .meta({ description: "A version of Kafka: 3.9.N or 4.1.N" });

const most = 9;

/** The two forms of `brokers` that are mappings, by the key that tells them apart. */
export const brokersShapes = {
  versions: { versions: z.array(version).min(1).max(most) },
  version: { count: whole(1, most).default(3), version },
};

/** A number of brokers of the pinned version, a number of another one, or the version of each. */
export const brokersForm = z.union([
  whole(1, most),
  z.strictObject(brokersShapes.versions),
  z.strictObject(brokersShapes.version),
]);
export type BrokersFile = z.output<typeof brokersForm>;

/** One entry a broker, `broker-1` first. */
export function brokersOf(file: BrokersFile): readonly ScenarioBroker[] {
  if (typeof file === "number") return Array.from({ length: file }, () => ({ version: null }));
  if ("versions" in file) return file.versions.map((each) => ({ version: each }));
  return Array.from({ length: file.count }, () => ({ version: file.version }));
}
