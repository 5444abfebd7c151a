import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { finalisedLevels } from "../../admin/feature-levels.ts";
import type { Environment } from "../../model/environment.ts";
import type { FeatureLevels } from "../../model/kafka-features.ts";
import { createTopics } from "../../admin/topics.ts";
import { pinnedBrokers, pinnedKafka } from "../cluster/broker-versions.ts";
import { createEnvironment } from "../create.ts";
import { kafkaClassPath } from "./tools.ts";
import { makePlace } from "./trivial-member.fixture.ts";

const run = promisify(execFile);
const patience = (): AbortSignal => AbortSignal.timeout(60_000);

async function brokerWith(runDirectory: string, features: FeatureLevels): Promise<Environment> {
  return await createEnvironment(
    { kind: "process", reason: "process: asked for" },
    { runDirectory, brokers: pinnedBrokers(1), features, memberSlots: 1, brokerConfig: {} },
    patience(),
  );
}

test("a level that kafka-storage refuses is named in its words, and no broker is started", async () => {
  using place = makePlace();
  const features = { "metadata.version": 7, "eligible.leader.replicas.version": 1 };
  await expect(brokerWith(place.runDirectory, features)).rejects.toMatchObject({
    code: "usage",
    message: expect.stringMatching(
      /^kafka-storage of Kafka [\d.]+ refuses the levels eligible\.leader\.replicas\.version 1, metadata\.version 7:\n.*depends on metadata\.version level 23$/s,
    ),
  });
  expect(["brokers", "format"].filter((name) => existsSync(join(place.runDirectory, name)))).toEqual([]);
});

test("levels below the usual ones are finalised as they were asked for", async () => {
  using place = makePlace();
  await using environment = await brokerWith(place.runDirectory, { "transaction.version": 0, "group.version": 0 });
  const [bootstrap = ""] = environment.directBootstrap;
  const levels = { "metadata.version": 27, "eligible.leader.replicas.version": 1 };
  expect([await finalisedLevels(bootstrap), environment.features]).toEqual([levels, levels]);
});

test("a Java consumer joins by the consumer protocol (KIP-848), whatever the level of transactions", async () => {
  using place = makePlace();
  await using environment = await brokerWith(place.runDirectory, { "transaction.version": 1 });
  const [bootstrap = ""] = environment.directBootstrap;
  expect(await finalisedLevels(bootstrap)).toMatchObject({ "group.version": 1, "transaction.version": 1 });
  const topics = [{ name: "numbers", partitions: 2, config: {} }];
  await createTopics({ bootstrap: [bootstrap], topics, replicationFactor: 1, signal: patience() });
  const program = join(import.meta.dirname, "ConsumerProtocol.java");
  const argv = ["-XX:TieredStopAtLevel=1", "-cp", kafkaClassPath(pinnedKafka), program, bootstrap, "numbers"];
  const { stdout } = await run("java", argv, { timeout: 60_000 });
  expect(stdout).toContain("assigned 2\n");
}, 120_000);
