import { crc32 } from "node:zlib";

/** The one file of events: a line each, `<crc32 of the JSON, 8 hex digits> <JSON>`. */
export const eventsFile = "events.ndjson";

/** Kafka's own rule for topic names (org.apache.kafka.common.internals.Topic): nothing else becomes a file name. */
const topicName = /^[a-zA-Z0-9._-]{1,249}$/;
const logName = /^([a-zA-Z0-9._-]{1,249})-(0|[1-9]\d{0,8})\.log$/;

/** `<topic>-<p>.log`; null for a name that Kafka itself would refuse. */
export function logFile(topic: string, partition: number): string | null {
  if (!topicName.test(topic) || topic === "." || topic === "..") return null;
  return Number.isInteger(partition) && partition >= 0 && partition < 1e9 ? `${topic}-${partition}.log` : null;
}

/** The topic and partition that a file name stands for; null when it is no log's name. */
export function parseLogFile(name: string): { readonly topic: string; readonly partition: number } | null {
  const match = logName.exec(name);
  const [, topic, partition] = match ?? [];
  return topic === undefined || partition === undefined ? null : { topic, partition: Number(partition) };
}

export function crcHex(bytes: Uint8Array | string): string {
  return crc32(bytes).toString(16).padStart(8, "0");
}

/** What the digest in `run-ended` is taken over, per item in seq order. */
export function digestLine(seq: number, crc: string): string {
  return `${seq} ${crc}\n`;
}
