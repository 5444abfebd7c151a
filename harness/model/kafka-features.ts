import { kafkaLineOf, type KafkaLine } from "./kafka-version.ts";

/** Levels of Kafka's features by name: `{ "transaction.version": 2 }`. A feature that is not named is at level 0. */
export type FeatureLevels = Readonly<Record<string, number>>;

export interface LevelRange {
  readonly min: number;
  readonly max: number;
}

/**
 * The levels that `kafka-storage format --feature` takes, by line; kraft.version follows from the static quorum. A scenario is
 * checked where no Kafka is installed, so they stand here. Source: the tools of 3.9.1 and 4.1.1
 * (environment/process/mixed-versions.e2e.test.ts asks brokers).
 */
export const featureRanges: Readonly<Record<KafkaLine, Readonly<Record<string, LevelRange>>>> = {
  "3.9": {
    "metadata.version": { min: 4, max: 21 },
    "transaction.version": { min: 0, max: 0 },
  },
  "4.1": {
    "metadata.version": { min: 7, max: 27 },
    "transaction.version": { min: 0, max: 2 },
    "group.version": { min: 0, max: 1 },
    "eligible.leader.replicas.version": { min: 0, max: 1 },
    "share.version": { min: 0, max: 1 },
    "streams.version": { min: 0, max: 0 },
  },
};

/** The features that any line has, with all levels that any line takes. */
export const anyFeature: Readonly<Record<string, LevelRange>> = Object.fromEntries(
  [...Map.groupBy(Object.values(featureRanges).flatMap(Object.entries<LevelRange>), ([name]) => name)].map(
    ([name, ranges]) => [
      name,
      {
        min: Math.min(...ranges.map(([, { min }]) => min)),
        max: Math.max(...ranges.map(([, { max }]) => max)),
      },
    ],
  ),
);

export interface FeatureMisfit {
  readonly feature: string;
  readonly message: string;
}

/** The levels that a broker of one of these versions does not support: all brokers of a cluster have to. */
export function featureMisfits(levels: FeatureLevels, versions: readonly string[]): readonly FeatureMisfit[] {
  return Object.entries(levels).flatMap(([feature, level]) => {
    const unfit = [...new Set(versions)].map((version) => misfit(feature, level, version)).find((why) => why !== null);
    return unfit === undefined ? [] : [{ feature, message: unfit }];
  });
}

function misfit(feature: string, level: number, version: string): string | null {
  const line = kafkaLineOf(version);
  if (line === null) return null;
  const ranges = featureRanges[line];
  const range = Object.hasOwn(ranges, feature) ? ranges[feature] : undefined;
  if (range === undefined)
    return `Kafka ${version} has no feature ${feature}; it has ${Object.keys(ranges).join(", ")}`;
  if (level >= range.min && level <= range.max) return null;
  const has = range.min === range.max ? `only level ${range.max}` : `levels ${range.min} to ${range.max}`;
  return `Kafka ${version} does not support ${feature} ${level}: it has ${has}`;
}

/** For people: `group.version 1, metadata.version 27`. */
export function levelsText(levels: FeatureLevels): string {
  const named = Object.entries(levels).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return named.map(([name, level]) => `${name} ${level}`).join(", ") || "none";
}
