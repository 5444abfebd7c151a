import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Kafka, logLevel } from "kafkajs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { until } from "../base/deadline.ts";
import { digestStream, streamRecords } from "../base/stream.ts";
import { pinnedBrokers } from "../environment/cluster/broker-versions.ts";
import { createEnvironment } from "../environment/create.ts";
import { brokerId } from "../model/brand.ts";
import type { Environment } from "../model/environment.ts";
import type { HistoryEvent } from "../model/event.ts";
import { FakeHistory } from "../model/events.fixture.ts";
import type { Plan } from "../model/plan.ts";
import { reference } from "../pipeline/reference.ts";
import { parseScenario } from "../scenario/parse.ts";
import { makePlan } from "../plan/make-plan.ts";
import { createTopics } from "../admin/topics.ts";
import { startWorkload } from "./send.ts";

const { signal } = new AbortController();
const partitions = 4;
const text = `question: Q
pipeline: reference
from: v1
to: v2
workload: { inputs: 2000, partitions: ${partitions}, keys: 50, pace: 6s }
`;
const scenario = parseScenario(text, {
  file: "try.yaml",
  faults: new Map(),
  pipelines: new Map([["reference", reference]]),
  invariants: [],
});
const plan = makePlan(scenario, { seed: "1", description: reference });
let directory = "";
let environment: Environment;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "rollproof-workload-e2e-"));
  const spec = { runDirectory: directory, brokers: pinnedBrokers(3), memberSlots: 1, brokerConfig: {} };
  environment = await createEnvironment({ kind: "process", reason: "process: asked for" }, spec, signal);
  const topics = [{ name: "payments", partitions, config: {} }];
  await createTopics({ bootstrap: environment.directBootstrap, topics, replicationFactor: 3, signal });
});

afterAll(async () => {
  await environment[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
});

function client(): Kafka {
  const retry = { initialRetryTime: 50, maxRetryTime: 500, retries: 20 };
  return new Kafka({ brokers: [...environment.directBootstrap], logLevel: logLevel.NOTHING, retry });
}

function recorder() {
  const { events, record } = new FakeHistory();
  const count = (kind: HistoryEvent["kind"]): number => events.filter((event) => event.kind === kind).length;
  return { events, record, count };
}

/** Keys and values of the topic's log, in order, by partition; at least so many, and all that come until a second is silent. */
async function readBack(least: number): Promise<ReadonlyMap<number, readonly string[]>> {
  const read = new Map<number, string[]>();
  const consumer = client().consumer({ groupId: "read-back" });
  await consumer.connect();
  await consumer.subscribe({ topic: "payments", fromBeginning: true });
  let total = 0;
  let seenAt = performance.now();
  await consumer.run({
    autoCommit: false,
    eachMessage: async ({ partition, message }) => {
      read.set(partition, [...(read.get(partition) ?? []), `${String(message.key)} ${String(message.value)}`]);
      total += 1;
      seenAt = performance.now();
      await Promise.resolve();
    },
  });
  await until({ what: "the log to be read", timeoutMs: 30_000, signal, remedy: "none" }, () =>
    total >= least && performance.now() - seenAt > 1_000 ? true : undefined,
  );
  await consumer.disconnect();
  return read;
}

test("a plan whose stream is another one is refused before anything is sent", async () => {
  const { events, record } = recorder();
  const other: Plan = { ...plan, seed: "2" };
  const attempt = startWorkload({ plan: other, description: reference, bootstrap: [], record, signal });
  await expect(attempt).rejects.toThrow("The plan's stream payments is not the one that its seed gives here");
  expect(events).toEqual([]);
});

test("every record arrives once and in order although a broker crashes meanwhile, and the rest comes once the upgrade is over", async () => {
  const { events, record, count } = recorder();
  const bootstrap = environment.directBootstrap;
  await using workload = await startWorkload({ plan, description: reference, bootstrap, record, signal });
  workload.start();
  await until({ what: "some sends", timeoutMs: 10_000, signal, remedy: "none" }, () =>
    count("send-ok") > 20 ? true : undefined,
  );
  const victim = brokerId("broker-2");
  await environment.broker(victim).do("crash", signal);
  await environment.startBroker(victim, { disk: "keep" }, signal);
  await until({ what: "the paced part", timeoutMs: 60_000, signal, remedy: "none" }, () =>
    acknowledgedIndexes(events).size >= 1_400 ? true : undefined,
  );
  expect(count("sends-finished")).toBe(0);
  workload.finalised();
  expect(await workload.done).toEqual({ records: 2_000 });

  expect(events[0]?.kind).toBe("time-zero");
  expect(events.at(-1)).toMatchObject({ kind: "sends-finished", records: 2_000 });
  expect(count("send-fail")).toBe(0);
  const records = [...streamRecords(reference, "1", scenario.workload)];
  expect(digestStream(records).sha256).toBe(plan.sends[0]?.sha256);

  // Every acknowledged record once and in order; of those whose answer is not known (info) each may be there or not.
  const acked = acknowledgedIndexes(events);
  const read = await readBack(acked.size);
  for (let p = 0; p < partitions; p++) {
    const log = read.get(p) ?? [];
    const numbered = records.map((record, index) => ({ ...record, index, text: `${record.key} ${record.value}` }));
    const mine = numbered.filter(({ partition }) => partition === p);
    expect(log).toEqual(
      mine.filter(({ index, text }) => acked.has(index) || log.includes(text)).map(({ text }) => text),
    );
  }
});

/** Records of the sends that were answered with ok. */
function acknowledgedIndexes(events: readonly HistoryEvent[]): ReadonlySet<number> {
  const answered = new Set(events.flatMap((event) => (event.kind === "send-ok" ? [event.invoked] : [])));
  const runs = z.array(z.tuple([z.number(), z.number()]));
  return new Set(
    events.flatMap((event) =>
      event.kind === "send-invoked" && answered.has(event.seq)
        ? runs
            .parse(event.indexes)
            .flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, i) => first + i))
        : [],
    ),
  );
}
