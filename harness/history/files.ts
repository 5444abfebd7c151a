import { crc32 } from "node:zlib";
import { sha256 } from "../base/digest.ts";

/** The one file of events; the others are logs. All are sequences of blocks (block.ts). */
export const eventsFile = "events.log";

/** A partition's log. */
export interface LogPlace {
  readonly topic: string;
  readonly partition: number;
}

/** Kafka's own rule for topic names (org.apache.kafka.common.internals.Topic): nothing else becomes a file name. */
const topicName = /^[a-zA-Z0-9._-]{1,249}$/;
const logName = /^([a-zA-Z0-9._-]{1,249})-(0|[1-9]\d{0,8})\.log$/;

/** `<topic>-<p>.log`; null for a name that Kafka itself would refuse. */
export function logFile(topic: string, partition: number): string | null {
  if (!topicName.test(topic) || topic === "." || topic === "..") return null;
  return Number.isInteger(partition) && partition >= 0 && partition < 1e9 ? `${topic}-${partition}.log` : null;
}

/** The topic and partition that a file name stands for; null when it is no log's name. */
export function parseLogFile(name: string): LogPlace | null {
  const match = logName.exec(name);
  const [, topic, partition] = match ?? [];
  return topic === undefined || partition === undefined ? null : { topic, partition: Number(partition) };
}

/** What a block's header says of the file that it belongs to. */
export function fileId(name: string): number {
  return crc32(name);
}

/** The history's digest, of the digests of its files by name. */
export function digestOf(files: ReadonlyMap<string, string>): string {
  const lines = [...files].map(([name, digest]) => `${name} ${digest}\n`);
  return sha256(...lines.toSorted());
}
