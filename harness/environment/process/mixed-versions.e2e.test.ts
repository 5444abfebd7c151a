import { readFileSync } from "node:fs";
import { join } from "node:path";
import { apiVersionsV4, Connection } from "@platformatic/kafka";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { finalisedLevels } from "../../admin/feature-levels.ts";
import { brokerId } from "../../model/brand.ts";
import type { Environment } from "../../model/environment.ts";
import { featureRanges, type FeatureLevels } from "../../model/kafka-features.ts";
import { startCoordinators } from "../../admin/coordinators.ts";
import { brokersAt } from "../cluster/broker-versions.ts";
import { makeTopic, type TestTopic } from "../cluster/transactions.fixture.ts";
import { createEnvironment } from "../create.ts";
import { makePlace } from "./trivial-member.fixture.ts";

const one = brokerId("broker-1");
const versions = ["3.9.1", "4.1.1", "4.1.1"];
const place = makePlace();
const patience = (): AbortSignal => AbortSignal.timeout(150_000); // the first time Kafka 3.9.1 is installed
let environment: Environment;
let mixed: TestTopic;

beforeAll(async () => {
  environment = await createEnvironment(
    { kind: "process", reason: "process: asked for" },
    {
      runDirectory: place.runDirectory,
      brokers: brokersAt(versions.map((version) => ({ version }))),
      memberSlots: 1,
      brokerConfig: { "broker.session.timeout.ms": "2000" },
    },
    patience(),
  );
}, 180_000);

afterAll(async () => {
  await environment[Symbol.asyncDispose]();
  place[Symbol.dispose]();
});

const brokerVersions = (): readonly (string | null)[] =>
  environment.brokers.map((broker) => environment.broker(broker).version);

test("brokers of 3.9 and 4.1 are one cluster, each with its own version", () => {
  expect([environment.kafka, brokerVersions()]).toEqual(["3.9.1, 4.1.1, 4.1.1", versions]);
});

test("all of them have the feature levels of the oldest", async () => {
  expect(environment.features).toEqual({ "metadata.version": 21 });
  const said = await Promise.all(environment.directBootstrap.map(finalisedLevels));
  expect(said).toEqual(versions.map(() => environment.features));
});

/** The highest level of each feature that a broker supports; the quorum's own is not for a scenario to set. */
async function highestOf(bootstrap: string): Promise<FeatureLevels> {
  const connection = new Connection("environment-test");
  await connection.connect("127.0.0.1", Number(bootstrap.split(":")[1]));
  const { supportedFeatures = [] } = await apiVersionsV4.api.async(connection, "rollproof", "0");
  await connection.close();
  const { "kraft.version": _, ...levels } = Object.fromEntries(
    supportedFeatures.map(({ name, maxVersion }) => [name, maxVersion]),
  );
  return levels;
}

test.each(["3.9", "4.1"] as const)(
  "the table of levels names the highest that a broker of %s supports",
  async (line) => {
    const bootstrap = environment.directBootstrap[versions.findIndex((version) => version.startsWith(line))] ?? "";
    const known = Object.entries(featureRanges[line]).flatMap(([name, { max }]) => (max === 0 ? [] : [[name, max]]));
    expect(await highestOf(bootstrap)).toEqual(Object.fromEntries(known));
  },
);

test("a broker of 3.9 writes a log", () => {
  const log = readFileSync(join(place.runDirectory, "brokers", one, "log"), "utf8");
  expect(log).toContain("Kafka Server started");
  expect(log).not.toContain("log4j:WARN");
});

test("a transaction over partitions that different versions lead is read committed", async () => {
  mixed = await makeTopic(environment, { name: "mixed", partitions: 6 }, patience());
  await expect.poll(() => mixed.leaders(), { timeout: 20_000 }).toEqual([1, 2, 3]);
  await mixed.commit(["0", "1", "2", "3", "4", "5"]);
  expect(await mixed.committed(6)).toEqual(["0", "1", "2", "3", "4", "5"]);
});

test("the broker of 3.9 is crashed, comes back on its disk as 4.1.1, and nothing committed is lost", async () => {
  await environment.broker(one).do("crash", patience());
  const after = await environment.startBroker(one, { disk: "keep", version: "4.1.1" }, patience());
  expect([after.incarnation, brokerVersions()]).toEqual([2, ["4.1.1", "4.1.1", "4.1.1"]]);
  await mixed.commit(["6", "7", "8", "9", "10", "11"]);
  expect(await mixed.committed(12)).toEqual(Array.from({ length: 12 }, (_, i) => String(i)));
});

test("without another version a broker starts again at its last one", async () => {
  await environment.broker(one).do("crash", patience());
  const after = await environment.startBroker(one, { disk: "keep" }, patience());
  expect([after.incarnation, after.version]).toEqual([3, "4.1.1"]);
});

test("every broker knows the active controller, and another one is active when that has crashed", async () => {
  const asking = environment.directBootstrap.map((address) => startCoordinators([address]));
  const all = startCoordinators(environment.directBootstrap);
  onTestFinished(() => {
    for (const each of [...asking, all]) each[Symbol.dispose]();
  });
  const known = async () => [...new Set(await Promise.all(asking.map((one) => one.activeController())))];
  await expect.poll(known, { timeout: 20_000 }).toSatisfy((ids) => ids.length === 1 && [1, 2, 3].includes(ids[0]));
  const [active] = await known();
  await environment.broker(brokerId(`broker-${active}`)).do("crash", patience());
  await expect
    .poll(() => all.activeController(), { timeout: 20_000 })
    .toSatisfy((now) => now !== null && now !== active);
});
