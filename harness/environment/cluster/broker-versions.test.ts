import { expect, test } from "vitest";
import { kafkaText } from "../../model/kafka-version.ts";
import {
  brokersAt,
  lineOf,
  metadataLine,
  oldestVersion,
  pinnedBrokers,
  pinnedKafka,
  refuseIfTooOld,
} from "./broker-versions.ts";

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

test("the oldest version is told by its numbers", () => {
  expect([oldestVersion(at("4.1.10", "4.1.2", "4.1.9")), oldestVersion(at("4.1.0", "3.9.11", "3.9.2"))]).toEqual([
    "4.1.2",
    "3.9.2",
  ]);
});
