import { expect, test } from "vitest";
import { readControl } from "../../audit/codec/control.ts";
import { readOffsetsRecord } from "../../audit/codec/offsets.ts";
import { readState } from "../../audit/codec/transaction-state.ts";
import { readCheckpoint, writeCheckpoint } from "./checkpoint.ts";
import { markerKey, markerValue } from "./control.ts";
import { readHeaders, withHeader, writeHeaders } from "./headers.ts";
import { commitKey, emptyGroup, groupKey, newerGroupKey, withNextOffset } from "./offsets.ts";
import { stateKey, withState } from "./transaction-state.ts";

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, "hex"));
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** As Kafka 4.1.1 wrote them for the Java client 4.1.1, at transaction.version 2 (see audit/codec/from-a-broker.test.ts). */
const broker = {
  stateKey: bytes("000000126a6176612d666565732d6d656d6265722d31"),
  prepareCommit: bytes(
    "000100000000000003e9000100003a980203135f5f636f6e73756d65725f6f6666736574730200000000000566656573020000000400000001a1feae0365000001a1feae029a0102020002",
  ),
  commitKey: bytes("000100096a6176612d6665657300087061796d656e747300000003"),
  commit: bytes("00040000000000000004ffffffff01000001a1feae026e00"),
};

test("a broker's state value with the partitions that it lists is that value again", () => {
  const read = readState(broker.stateKey, broker.prepareCommit);
  expect(read.kind).toBe("state");
  if (read.kind !== "state") return;
  expect(withState(broker.prepareCommit, { partitions: read.partitions, status: read.status })).toEqual(
    broker.prepareCommit,
  );
  expect(stateKey("java-fees-member-1")).toEqual(broker.stateKey);
});

test.each([
  [
    "0",
    bytes("000000000000000003e8000300001388040000000100046f75747300000001000000020000000000000001000000000000000200"),
  ],
  ["1", broker.prepareCommit],
])("fields of a state value of version %s are changed where they lie", (_, value) => {
  const partitions = [
    { topic: "fees", partition: 1 },
    { topic: "fees", partition: 7 },
    { topic: "__consumer_offsets", partition: 0 },
  ];
  expect(
    readState(
      broker.stateKey,
      withState(value, { producerId: 77, producerEpoch: 9, status: "prepare-abort", partitions }),
    ),
  ).toMatchObject({
    kind: "state",
    transactionalId: "java-fees-member-1",
    producerId: 77,
    producerEpoch: 9,
    status: "prepare-abort",
    partitions,
  });
});

test("what stands behind the partitions of a state value stays", () => {
  const tail = broker.prepareCommit.subarray(-21);
  expect(withState(broker.prepareCommit, { partitions: [] }).subarray(-21)).toEqual(tail);
});

test("a commit's key is the broker's, and its value holds the other offset", () => {
  const of = { group: "java-fees", topic: "payments", partition: 3 };
  expect(commitKey(of)).toEqual(broker.commitKey);
  expect(
    readOffsetsRecord(broker.commitKey, withNextOffset(broker.commit, 123_456_789_012), new Set([of.group])),
  ).toEqual({
    kind: "commit",
    ...of,
    nextOffset: 123_456_789_012,
  });
});

test("groups that are not the pipeline's read back as what they are", () => {
  expect(readOffsetsRecord(groupKey("workers"), emptyGroup("connect", 4), new Set(["workers"]))).toEqual({
    kind: "group",
    group: "workers",
    generation: 4,
    members: [],
  });
  expect(readOffsetsRecord(newerGroupKey("workers"), new Uint8Array(), new Set(["workers"]))).toEqual({
    kind: "newer-protocol",
    group: "workers",
    version: 3,
  });
});

test.each(["commit", "abort"] as const)("a marker of outcome %s reads back", (outcome) => {
  expect(readControl(markerKey(outcome), markerValue(5))).toEqual({ kind: "marker", outcome, coordinatorEpoch: 5 });
});

test("headers read back, and one of them changes alone", () => {
  const headers = [
    { name: "rp-source", value: utf8("payments-0@1#0") },
    { name: "none", value: null },
    { name: "rp-writer", value: utf8("member-1/1/v1/1") },
  ];
  const block = writeHeaders(headers);
  expect(readHeaders(block)).toEqual(headers);
  expect(readHeaders(withHeader(block, "rp-source", utf8("x")))).toEqual(
    headers.map((header) => (header.name === "rp-source" ? { ...header, value: utf8("x") } : header)),
  );
  expect(readHeaders(null)).toEqual([]);
});

test("a checkpoint is written as it was read", () => {
  const written = writeCheckpoint({
    header: { format: 1, schema: "1", inputNext: 4, changelogNext: 9, commit: 2, entries: 0, sha256: "" },
    entries: [[utf8("a-1"), Uint8Array.of(1, 2)]],
  });
  const read = readCheckpoint(written);
  expect(read).toMatchObject({
    header: { inputNext: 4, changelogNext: 9, entries: 1 },
    entries: [[utf8("a-1"), Uint8Array.of(1, 2)]],
  });
  expect(read === null ? null : writeCheckpoint(read)).toEqual(written);
});
