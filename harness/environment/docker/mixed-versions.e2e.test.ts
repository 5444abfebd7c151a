import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { brokerId } from "../../model/brand.ts";
import type { Environment } from "../../model/environment.ts";
import { brokersAt } from "../cluster/broker-versions.ts";
import { makeTopic, type TestTopic } from "../cluster/transactions.fixture.ts";
import { createEnvironment } from "../create.ts";
import { makePlace } from "../process/trivial-member.fixture.ts";
import { dockerTests } from "./daemon/required.fixture.ts";

const docker = await dockerTests();
const one = brokerId("broker-1");
const versions = ["3.9.1", "4.1.1"];
const patience = (): AbortSignal => AbortSignal.timeout(90_000);

describe.skipIf(!docker.run)("containers of two versions of Kafka", () => {
  const place = makePlace();
  let environment: Environment;
  let mixed: TestTopic;

  beforeAll(async () => {
    environment = await createEnvironment(
      { kind: "docker", reason: "test" },
      {
        runDirectory: place.runDirectory,
        brokers: brokersAt(versions.map((version) => ({ version }))),
        memberSlots: 1,
        brokerConfig: { "broker.session.timeout.ms": "2000" },
      },
      patience(),
    );
  }, 120_000);

  afterAll(async () => {
    await environment?.[Symbol.asyncDispose]();
    place[Symbol.dispose]();
  });

  test("are one cluster, each with its own version", () => {
    const seen = environment.brokers.map((broker) => environment.broker(broker).version);
    expect([environment.kafka, seen]).toEqual(["3.9.1, 4.1.1", versions]);
  });

  test("commit a transaction over partitions that both lead", async () => {
    mixed = await makeTopic(environment, { name: "mixed", partitions: 6 }, patience());
    await expect.poll(() => mixed.leaders(), { timeout: 20_000 }).toEqual([1, 2]);
    await mixed.commit(["0", "1", "2", "3", "4", "5"]);
    expect(await mixed.committed(6)).toEqual(["0", "1", "2", "3", "4", "5"]);
  });

  test("lose nothing when the one of 3.9 comes back on its disk as 4.1.1", async () => {
    await environment.broker(one).do("crash", patience());
    const after = await environment.startBroker(one, { disk: "keep", version: "4.1.1" }, patience());
    expect([after.incarnation, after.version]).toEqual([2, "4.1.1"]);
    await mixed.commit(["6", "7", "8", "9", "10", "11"]);
    expect(await mixed.committed(12)).toEqual(Array.from({ length: 12 }, (_, i) => String(i)));
  });
});
