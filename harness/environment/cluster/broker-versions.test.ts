import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { kafkaText } from "../../model/kafka-version.ts";
import { brokerFiles, prepareBroker } from "./broker-files.ts";
import {
  bootstrapCheckpoint,
  brokersAt,
  lineOf,
  metadataLine,
  pinnedBrokers,
  pinnedKafka,
  refuseIfTooOld,
} from "./broker-versions.ts";
import { layOut } from "./layout.ts";

const at = (...versions: readonly string[]) => brokersAt(versions.map((version) => ({ version })));

test("a broker without a version is of the pinned one", () => {
  expect(brokersAt([{ version: null }, { version: "3.9.1" }])).toEqual([
    { version: pinnedKafka },
    { version: "3.9.1" },
  ]);
  expect(pinnedBrokers(2)).toEqual([{ version: pinnedKafka }, { version: pinnedKafka }]);
});

test("the cluster speaks the metadata version of its oldest broker, and one that is older still is refused", () => {
  expect([metadataLine(at("4.1.1", "4.1.0")), metadataLine(at("4.1.1", "3.9.1"))]).toEqual(["4.1", "3.9"]);
  expect(() => refuseIfTooOld("3.9.1", at("4.1.1"))).toThrow("Kafka 3.9.1 cannot join a cluster that began with 4.1");
  for (const version of ["3.9.0", "4.1.1"]) refuseIfTooOld(version, at("3.9.1", "4.1.1"));
});

test.each(["3.8.1", "4.0.0", "4.1", "4.1.1.1", "4.1.01", "../3.9.1", "3.9.1\n", " 3.9.1", "4.1.100", ""])(
  "%j is no version that can be started",
  (version) => {
    expect(() => lineOf(version)).toThrow("There is no way to start a broker of Kafka");
  },
);

test("versions that are all the same are said once, others one by one", () => {
  expect([kafkaText(["4.1.1", "4.1.1"]), kafkaText(["3.9.1", "4.1.1", "4.1.1"])]).toEqual([
    "4.1.1",
    "3.9.1, 4.1.1, 4.1.1",
  ]);
});

test("the checkpoint names metadata version 21, which is 3.9-IV0, and only clusters with a 3.9 broker have it", () => {
  const bytes = Buffer.from(bootstrapCheckpoint(at("4.1.1", "3.9.1")) ?? []);
  const name = bytes.indexOf("metadata.version");
  expect([bytes.length, bytes.readInt16BE(name + "metadata.version".length)]).toEqual([249, 21]);
  expect(bootstrapCheckpoint(at("4.1.0", "4.1.1"))).toBeNull();
});

test.each([
  [["4.1.1", "4.1.1"], ["meta.properties"]],
  [
    ["4.1.1", "3.9.1"],
    ["bootstrap.checkpoint", "meta.properties"],
  ],
])("brokers of %j begin with %j in their log directories", async (versions, names) => {
  const runDirectory = mkdtempSync(join(tmpdir(), "rollproof-brokers-"));
  try {
    const layout = layOut({ brokers: at(...versions), memberSlots: 0 }, [1, 2, 3, 4, 5, 6, 7]);
    for (const node of layout.nodes) {
      const files = brokerFiles(runDirectory, node.id);
      await prepareBroker(files, { layout, node, clusterId: "c", extra: {} });
      expect(readdirSync(files.data).toSorted()).toEqual(names);
      expect(readFileSync(files.config, "utf8")).toContain(`node.id=${node.nodeId}\n`);
    }
  } finally {
    rmSync(runDirectory, { recursive: true, force: true });
  }
});
