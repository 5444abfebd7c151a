import { z } from "zod";
import pinned from "../bootstrap/pinned.json" with { type: "json" };
import { anyFeature, featureMisfits, type FeatureLevels, type FeatureMisfit } from "../model/kafka-features.ts";
import { kafkaVersionPattern } from "../model/kafka-version.ts";
import type { ScenarioBroker } from "../model/scenario.ts";
import { whole } from "./forms.ts";

const expected = "expected a version of Kafka that can be started, 3.9.N or 4.1.N, such as 3.9.1";
const version = z
  .string({ error: expected })
  .regex(kafkaVersionPattern, { error: expected })
  .meta({ description: "A version of Kafka: 3.9.N or 4.1.N" });

const most = 9;

export const featuresShape = Object.fromEntries(
  Object.entries(anyFeature).map(([name, { min, max }]) => [name, whole(min, max).optional()]),
);
const features = z
  .strictObject(featuresShape)
  .exactOptional()
  .meta({ description: "Levels of Kafka's features in place of kafka-storage's own" });

/** The keys of `brokers` where it is a mapping. */
export const brokersShape = {
  count: whole(1, most).exactOptional(),
  version: version.exactOptional(),
  versions: z.array(version).min(1).max(most).exactOptional(),
  features,
};
const usual = 3;

/** A number of brokers of the pinned version, a number of another one, or the version of each. */
export const brokersForm = z.union([
  whole(1, most),
  z.strictObject(brokersShape).refine((file) => !("versions" in file && ("count" in file || "version" in file)), {
    error: "expected either versions, or count and version",
  }),
]);
export type BrokersFile = z.output<typeof brokersForm>;

/** One entry a broker, `broker-1` first. */
export function brokersOf(file: BrokersFile): readonly ScenarioBroker[] {
  if (typeof file === "number") return Array.from({ length: file }, () => ({ version: null }));
  if (file.versions !== undefined) return file.versions.map((each) => ({ version: each }));
  return Array.from({ length: file.count ?? usual }, () => ({ version: file.version ?? null }));
}

/** The levels that the file names; undefined: it names none. */
export function featuresOf(file: BrokersFile): FeatureLevels | undefined {
  if (typeof file === "number" || file.features === undefined) return undefined;
  const named = Object.entries(file.features);
  return Object.fromEntries(named.flatMap(([name, level]) => (level === undefined ? [] : [[name, level]])));
}

/** The levels that a broker of these does not support. */
export function unsupported(
  levels: FeatureLevels | undefined,
  brokers: readonly ScenarioBroker[],
): readonly FeatureMisfit[] {
  return featureMisfits(
    levels ?? {},
    brokers.map((broker) => broker.version ?? pinned.kafka),
  );
}
