import { expect, test } from "vitest";
import { head, parse, problems } from "./parsed.fixture.ts";

test.each([
  ["2", [null, null]],
  ["{ count: 2, version: 3.9.1 }", ["3.9.1", "3.9.1"]],
  ["{ version: 4.1.0 }", ["4.1.0", "4.1.0", "4.1.0"]],
  ["{ count: 1, features: { group.version: 0 } }", [null]],
  ["{ versions: [3.9.1, 4.1.1, 4.1.1] }", ["3.9.1", "4.1.1", "4.1.1"]],
])("brokers: %s is one version a broker", (text, versions) => {
  expect(parse(`${head}brokers: ${text}\n`).brokers).toEqual(versions.map((version) => ({ version })));
});

test.each([
  ["3", undefined],
  ["{ versions: [4.1.0, 4.1.1] }", undefined],
  ["{ features: {} }", {}],
  ["{ features: { transaction.version: 0 } }", { "transaction.version": 0 }],
  [
    "{ versions: [3.9.1, 4.1.1], features: { metadata.version: 20, transaction.version: 0 } }",
    { "metadata.version": 20, "transaction.version": 0 },
  ],
  ["{ count: 1, version: 4.1.0, features: { group.version: 1 } }", { "group.version": 1 }],
])("brokers: %s asks for the feature levels %j", (text, features) => {
  expect(parse(`${head}brokers: ${text}\n`).features).toEqual(features);
});

test.each<[string, string | RegExp]>([
  [
    "brokers: { count: 3, version: 4.0.1 }",
    '5:31: brokers.version: expected a version of Kafka that can be started, 3.9.N or 4.1.N, such as 3.9.1, got "4.0.1"',
  ],
  ["brokers: { version: 3.9 }", /^5:21: brokers.version: expected a version of Kafka .*, got 3.9$/u],
  ["brokers: { version: '4.1.1/../x' }", /^5:21: brokers.version: expected a version .*, got "4.1.1\/..\/x"$/u],
  ["brokers: { versions: [4.1.1, -DskipTests, 4.1.1] }", /^5:30: brokers.versions\[1\]: expected a version/u],
  ["brokers: { versions: 4.1.1 }", '5:22: brokers.versions: expected array, received string, got "4.1.1"'],
  ["brokers: { versions: [] }", /^5:22: brokers.versions: too small: expected array to have >=1 items/u],
  ["brokers: { count: 10, version: 4.1.1 }", "5:19: brokers.count: too big: expected number to be <=9, got 10"],
  ["brokers: { count: 2, versions: [4.1.1] }", /^5:10: brokers: expected either versions, or count and version, got /u],
  [
    "brokers: { features: { transaction.version: 3 } }",
    /^5:45: brokers.features.transaction.version: too big: .* <=2, got 3$/u,
  ],
  [
    "brokers: { features: { transactoin.version: 1 } }",
    /^5:24: unknown key "transactoin.version" in brokers.features. Did you mean "transaction.version"\? Keys here: metadata/u,
  ],
  [
    "brokers: { features: { metadata.version: 6 } }",
    "5:42: Kafka 4.1.1 does not support metadata.version 6: it has levels 7 to 27",
  ],
  [
    "brokers: { versions: [4.1.1, 3.9.1], features: { transaction.version: 1 } }",
    "5:71: Kafka 3.9.1 does not support transaction.version 1: it has only level 0",
  ],
  [
    "brokers: { version: 3.9.0, features: { group.version: 1 } }",
    "5:55: Kafka 3.9.0 has no feature group.version; it has metadata.version, transaction.version",
  ],
  [
    "brokers: { verson: 4.1.1, versions: [4.1.1] }",
    '5:12: unknown key "verson" in brokers. Did you mean "version"? Keys here: count, version, versions, features',
  ],
  ["brokers: [4.1.1]", '5:10: brokers: expected number, received array, got ["4.1.1"]'],
])("%s is refused at its place", (line, expected) => {
  const [first] = problems(`${head}${line}\n`);
  expect(first).toEqual(typeof expected === "string" ? expected : expect.stringMatching(expected));
});
