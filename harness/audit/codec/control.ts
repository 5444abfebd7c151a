import { reading, type UnreadableBytes } from "./cursor.ts";

/** The record that ends a transaction in one partition. */
export interface EndMarker {
  readonly kind: "marker";
  readonly outcome: "commit" | "abort";
  readonly coordinatorEpoch: number;
}
/** Control records that end no transaction (leader change and snapshot records of the quorum log). */
export interface OtherControl {
  readonly kind: "other";
}

/**
 * Control record: key int16 version, int16 type (0 abort, 1 commit); value int16 version, int32 coordinator epoch.
 * Source: EndTransactionMarker and ControlRecordType of Kafka 4.1.
 */
export function readControl(
  key: Uint8Array | null,
  value: Uint8Array | null,
): EndMarker | OtherControl | UnreadableBytes {
  if (key === null) return { kind: "unreadable", why: "a control record has no key" };
  const type = reading(key, (cursor) => {
    if (cursor.int16() < 0) cursor.refuse("a negative version");
    return cursor.int16();
  });
  if (typeof type !== "number") return type;
  if (type !== 0 && type !== 1) return { kind: "other" };
  if (value === null) return { kind: "unreadable", why: "a marker has no value" };
  return reading(value, (cursor) => {
    // Fields are only ever added behind, so a higher version begins like version 0 (as Kafka's own reader assumes).
    if (cursor.int16() < 0) cursor.refuse("a negative version");
    return { kind: "marker", outcome: type === 1 ? "commit" : "abort", coordinatorEpoch: cursor.int32() };
  });
}
