import { fnv1a32, partitionOf } from "../core/partitioner.ts";
import { correct } from "../core/strategy.ts";
import type { Mutant } from "./mutant.ts";

export const partitionerDrift: Mutant = {
  id: "M28",
  name: "partitioner-drift",
  models: "kafkajs#357 and Dekaf#1336, a client whose partitioner treats the hash as signed.",
  change: "v2 takes the hash as a signed number, and its absolute value.",
  needs: "commits of v1 and of v2.",
  flaggedBy: ["PT1", "OR1", "ST1"],
  strategy: {
    ...correct,
    partitionOf: (key, partitions, version) =>
      version.name === "v2" ? Math.abs(fnv1a32(utf8.encode(key)) | 0) % partitions : partitionOf(key, partitions),
  },
};

const utf8 = new TextEncoder();
