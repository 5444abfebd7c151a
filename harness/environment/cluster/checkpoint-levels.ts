import { Reader, readRecordsBatches } from "@platformatic/kafka";
import { RollproofError } from "../../base/errors.ts";
import type { FeatureLevels } from "../../model/kafka-features.ts";

const controlBit = 32;
/** Source: FeatureLevelRecord.json of Kafka 4.1. */
const featureLevelRecord = { apiKey: 12, version: 0 };
const frameVersion = 1;

/** The feature levels in a bootstrap.checkpoint: a snapshot of the metadata log with one record a feature. Throws for other bytes. */
export function levelsIn(checkpoint: Uint8Array): FeatureLevels {
  const batches = readRecordsBatches(Reader.from(Buffer.from(checkpoint)));
  const records = batches.filter(({ attributes }) => (attributes & controlBit) === 0).flatMap((batch) => batch.records);
  return Object.fromEntries(
    records.map(({ value }) => {
      const reader = Reader.from(value ?? Buffer.alloc(0));
      const [frame, apiKey, version] = [
        reader.readUnsignedVarInt(),
        reader.readUnsignedVarInt(),
        reader.readUnsignedVarInt(),
      ];
      if (frame !== frameVersion || apiKey !== featureLevelRecord.apiKey || version !== featureLevelRecord.version)
        throw new RollproofError(
          "defect",
          `A bootstrap.checkpoint has a record of type ${apiKey}, version ${version}.`,
          {
            remedy: "Use a version of Kafka of the lines 3.9 or 4.1.",
          },
        );
      return [reader.readString(), reader.readInt16()] as const;
    }),
  );
}
