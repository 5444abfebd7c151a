import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { until } from "../../base/deadline.ts";
import type { Environment } from "../../model/environment.ts";
import { pinnedBrokers } from "../cluster/broker-versions.ts";
import { createEnvironment } from "../create.ts";
import { readJournal } from "./journal.ts";
import { makePlace } from "./trivial-member.fixture.ts";

const patience = (): AbortSignal => AbortSignal.timeout(90_000);

test("two environments at once share no port", async () => {
  const start = async (): Promise<Environment> => {
    const place = makePlace();
    const spec = { runDirectory: place.runDirectory, brokers: pinnedBrokers(1), memberSlots: 2, brokerConfig: {} };
    const environment = await createEnvironment({ kind: "process", reason: "process: asked for" }, spec, patience());
    onTestFinished(async () => {
      await environment[Symbol.asyncDispose]();
      place[Symbol.dispose]();
    });
    return environment;
  };
  const both = await Promise.all([start(), start()]);
  const addresses = both.flatMap((environment) => [
    ...environment.directBootstrap,
    ...environment.memberSlots.flatMap((slot) =>
      environment.brokers.map((broker) => environment.link(slot, broker).address),
    ),
  ]);
  expect(new Set(addresses).size).toBe(6);
});

test("a run directory that cannot be made is a clear error", async () => {
  const place = makePlace();
  onTestFinished(() => place[Symbol.dispose]());
  const file = join(place.runDirectory, "..", "file");
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(file, "");
  const spec = { runDirectory: join(file, "run"), brokers: pinnedBrokers(1), memberSlots: 1, brokerConfig: {} };
  await expect(
    createEnvironment({ kind: "process", reason: "process: asked for" }, spec, patience()),
  ).rejects.toMatchObject({
    code: "environment-unavailable",
    message: expect.stringContaining("The run directory cannot be written"),
  });
});

test("a broker that cannot start is explained with its log", async () => {
  const place = makePlace();
  onTestFinished(() => place[Symbol.dispose]());
  const brokerConfig = { "num.io.threads": "none" };
  const spec = { runDirectory: place.runDirectory, brokers: pinnedBrokers(1), memberSlots: 1, brokerConfig };
  await expect(
    createEnvironment({ kind: "process", reason: "process: asked for" }, spec, patience()),
  ).rejects.toMatchObject({
    code: "kafka-unreachable",
    message: expect.stringMatching(/broker-1 ended at its start[^]*num\.io\.threads/),
  });
});

test("an environment that is no longer wanted is given up at once, and leaves nothing", async () => {
  const place = makePlace();
  onTestFinished(() => place[Symbol.dispose]());
  const spec = { runDirectory: place.runDirectory, brokers: pinnedBrokers(1), memberSlots: 1, brokerConfig: {} };
  const wanted = new AbortController();
  const starting = createEnvironment({ kind: "process", reason: "process: asked for" }, spec, wanted.signal);
  starting.catch(() => undefined); // looked at below
  const what = "a broker that is being started";
  await until(
    { what, timeoutMs: 30_000, everyMs: 5, signal: AbortSignal.timeout(60_000), remedy: "See its log." },
    () =>
      readJournal(place.runDirectory).some(({ children }) => children.some(({ role }) => role === "broker-1"))
        ? true
        : undefined,
  );
  wanted.abort(new Error("no longer"));
  await expect(starting).rejects.toThrow("no longer");
});
