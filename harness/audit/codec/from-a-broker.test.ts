import { expect, test } from "vitest";
import { readOffsetsRecord } from "./offsets.ts";
import { readState } from "./transaction-state.ts";

/**
 * Bytes that Kafka 4.1.1 wrote for the Java client 4.1.1, at metadata.version 4.1-IV1 (so transaction.version 2: state values of
 * version 1, a new epoch with every transaction).
 */
const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, "hex"));

test("a prepare-commit of the newer transaction protocol", () => {
  const key = "000000126a6176612d666565732d6d656d6265722d31";
  const value =
    "000100000000000003e9000100003a980203135f5f636f6e73756d65725f6f6666736574730200000000000566656573020000000400000001a1feae0365000001a1feae029a0102020002";
  expect(readState(bytes(key), bytes(value))).toEqual({
    kind: "state",
    transactionalId: "java-fees-member-1",
    producerId: 1001,
    producerEpoch: 1,
    status: "prepare-commit",
    partitions: [
      { topic: "__consumer_offsets", partition: 0 },
      { topic: "fees", partition: 4 },
    ],
    raisesEpoch: true,
  });
});

test("an offset commit, value version 4", () => {
  const key = "000100096a6176612d6665657300087061796d656e747300000003";
  const value = "00040000000000000004ffffffff01000001a1feae026e00";
  expect(readOffsetsRecord(bytes(key), bytes(value), new Set(["java-fees"]))).toEqual({
    kind: "commit",
    group: "java-fees",
    topic: "payments",
    partition: 3,
    nextOffset: 4,
  });
});

test("group metadata with three consumers of the classic protocol", () => {
  const key = "000200096a6176612d66656573";
  const value =
    "00030008636f6e73756d657200000003000572616e6765002d6d656d6265722d312d64613933306236652d613033392d346335632d616130382d323035656537643762653338000001a1feae008500000003002d6d656d6265722d312d64613933306236652d613033392d346335632d616130382d323035656537643762653338ffff00086d656d6265722d31000a2f3132372e302e302e3100001388000007d00000001e00030000000100087061796d656e7473ffffffff0000000000000002ffff0000002000030000000100087061796d656e7473000000020000000000000001ffffffff002d6d656d6265722d332d31303935353032382d613364332d343162642d616335322d326433383533636565623733ffff00086d656d6265722d33000a2f3132372e302e302e3100001388000007d00000001e00030000000100087061796d656e7473ffffffff0000000000000002ffff0000002000030000000100087061796d656e7473000000020000000400000005ffffffff002d6d656d6265722d322d66316235343438352d613338342d343766622d613534312d343861623937373932313563ffff00086d656d6265722d32000a2f3132372e302e302e3100001388000007d00000001e00030000000100087061796d656e7473ffffffff00000000ffffffffffff0000002000030000000100087061796d656e7473000000020000000200000003ffffffff";
  expect(readOffsetsRecord(bytes(key), bytes(value), new Set(["java-fees"]))).toEqual({
    kind: "group",
    group: "java-fees",
    generation: 3,
    members: [
      ["member-1", "da930b6e-a039-4c5c-aa08-205ee7d7be38", ["payments-0", "payments-1"]] as const,
      ["member-3", "10955028-a3d3-41bd-ac52-2d3853ceeb73", ["payments-4", "payments-5"]] as const,
      ["member-2", "f1b54485-a384-47fb-a541-48ab9779215c", ["payments-2", "payments-3"]] as const,
    ].map(([clientId, uuid, owned]) => ({ memberId: `${clientId}-${uuid}`, clientId, owned })),
  });
});
