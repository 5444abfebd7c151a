/** Kafka's version lines whose brokers rollproof starts. */
export const kafkaLines = ["3.9", "4.1"] as const;
export type KafkaLine = (typeof kafkaLines)[number];

/** `3.9.N` or `4.1.N` and nothing else: a version becomes a folder, a Maven version and an image's tag. */
export const kafkaVersionPattern = /^(?:3\.9|4\.1)\.(?:0|[1-9]\d?)$/u;

/** The line of a version; null: none that rollproof starts. */
export function kafkaLineOf(version: string): KafkaLine | null {
  if (!kafkaVersionPattern.test(version)) return null;
  return kafkaLines.find((line) => version.startsWith(`${line}.`)) ?? null;
}

/** Several brokers' versions in one text: `4.1.1`, or `3.9.1, 4.1.1, 4.1.1` where they differ. */
export function kafkaText(versions: readonly string[]): string {
  return (new Set(versions).size === 1 ? versions.slice(0, 1) : versions).join(", ");
}
