import { expect, test } from "vitest";
import { anyFeature, featureMisfits, levelsText } from "./kafka-features.ts";

const messages = (levels: Record<string, number>, ...versions: readonly string[]) =>
  featureMisfits(levels, versions).map(({ message }) => message);

test.each([
  [{}, ["4.1.1"]],
  [{ "transaction.version": 2, "group.version": 0, "share.version": 1 }, ["4.1.0", "4.1.1"]],
  [{ "metadata.version": 21, "transaction.version": 0 }, ["3.9.0", "4.1.1"]],
])("%j is supported by brokers of %j", (levels, versions) => {
  expect(messages(levels, ...versions)).toEqual([]);
});

test("each level that one of the brokers does not support is named once, with that broker's levels", () => {
  const levels = { "metadata.version": 22, "transaction.version": 1, "group.version": 1, "__proto__.x": 1 };
  expect(messages(levels, "4.1.1", "3.9.1", "3.9.1")).toEqual([
    "Kafka 3.9.1 does not support metadata.version 22: it has levels 4 to 21",
    "Kafka 3.9.1 does not support transaction.version 1: it has only level 0",
    "Kafka 3.9.1 has no feature group.version; it has metadata.version, transaction.version",
    expect.stringMatching(/^Kafka 4\.1\.1 has no feature __proto__\.x; it has metadata\.version, /),
  ]);
  expect(messages({ toString: 1 }, "4.1.1")).toHaveLength(1);
});

test("the levels of any line are those from its lowest to its highest anywhere", () => {
  expect([anyFeature["metadata.version"], anyFeature["transaction.version"]]).toEqual([
    { min: 4, max: 27 },
    { min: 0, max: 2 },
  ]);
});

test("levels are said in the order of their names", () => {
  expect([levelsText({ "transaction.version": 2, "group.version": 1 }), levelsText({})]).toEqual([
    "group.version 1, transaction.version 2",
    "none",
  ]);
});
