import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ResponseError } from "@platformatic/kafka";
import { Kafka, logLevel, type Admin, type Producer } from "kafkajs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { until } from "../../harness/base/deadline.ts";
import { drawFrom } from "../../harness/base/random.ts";
import { pinnedBrokers } from "../../harness/environment/cluster/broker-versions.ts";
import { createEnvironment } from "../../harness/environment/create.ts";
import type { Environment, Process } from "../../harness/model/environment.ts";
import { memberId } from "../../harness/model/brand.ts";
import type { InputRecord } from "../../harness/model/pipeline.ts";
import { profiles } from "../../harness/model/profile.ts";
import { payments } from "../../harness/pipeline/payments.ts";
import { createTopics } from "../../harness/admin/topics.ts";
import { specification } from "../specification.ts";
import type { StageConfig } from "./config.ts";
import { judge, type Judged } from "./judge.fixture.ts";
import { RawLog } from "./raw-log.ts";

const partitions = 2;
const runDirectory = mkdtempSync(join(tmpdir(), "reference-pipeline-"));
const retry = { initialRetryTime: 20, maxRetryTime: 200, retries: 50 };
const over = AbortSignal.timeout(280_000);

let environment: Environment;
let admin: Admin;
let producer: Producer;
let raw: RawLog;

beforeAll(async () => {
  const brokerConfig = { "transaction.abort.timed.out.transaction.cleanup.interval.ms": "200" };
  environment = await createEnvironment(
    { kind: "process", reason: "process: asked for" },
    { runDirectory, brokers: pinnedBrokers(1), memberSlots: 2, brokerConfig },
    over,
  );
  const brokers = [...environment.directBootstrap];
  const kafka = new Kafka({ clientId: "test", brokers, logLevel: logLevel.NOTHING, retry });
  admin = kafka.admin();
  producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1, retry });
  raw = new RawLog({ bootstrap: brokers, clientId: "test", requestTimeoutMs: 5_000 });
  await Promise.all([admin.connect(), producer.connect()]);
});

afterAll(async () => {
  raw[Symbol.dispose]();
  await Promise.all([admin.disconnect(), producer.disconnect()]);
  await environment[Symbol.asyncDispose]();
  rmSync(runDirectory, { recursive: true, maxRetries: 3 });
});

/** A pipeline with topics and groups of its own. */
interface Pipeline {
  readonly stages: readonly StageConfig[];
  readonly flagsTopic: string;
}

async function createPipeline(name: string): Promise<Pipeline> {
  const stage = (stageName: "velocity" | "settlement", source: string, sink: string): StageConfig => ({
    name: stageName,
    source: `${name}-${source}`,
    group: `${name}-${stageName}`,
    changelog: `${name}-${stageName}-changelog`,
    sink: `${name}-${sink}`,
  });
  const stages = [stage("velocity", "payments", "by-merchant"), stage("settlement", "by-merchant", "settlements")];
  const topics = new Set(stages.flatMap(({ source, changelog, sink }) => [source, changelog, sink]));
  await createTopics({
    bootstrap: environment.directBootstrap,
    topics: [
      ...[...topics].map((topic) => ({ name: topic, partitions, config: {} })),
      { name: `${name}-flags`, partitions: 1, config: {} },
    ],
    replicationFactor: 1,
    signal: over,
  });
  for (const { group, source } of stages)
    await until(
      { what: "the group's coordinator", timeoutMs: 10_000, signal: over, remedy: "Look at the broker's log." },
      async () => await admin.fetchOffsets({ groupId: group, topics: [source] }).catch(() => undefined),
    );
  return { stages, flagsTopic: `${name}-flags` };
}

async function start(
  pipeline: Pipeline,
  slot: string,
  options: { version?: string; disk?: "keep" | "fresh"; points?: readonly object[] } = {},
): Promise<Running> {
  const version = options.version ?? "v1";
  const config = {
    ...pipeline,
    partitions,
    timings: profiles.fast,
    mutant: null,
    checkpointEvery: 3,
    maxPerTransaction: 40,
    points: options.points ?? [],
  };
  const argv = ["node", "reference-pipeline/main.ts", "--version", version];
  const launch = { version, argv, env: {}, config, variables: {}, image: null, mounts: [] };
  return new Running(await environment.startMember(memberId(slot), launch, options.disk ?? "fresh"));
}

const lineSchema = z.object({
  rollproof: z.literal(1),
  seq: z.int(),
  kind: z.string(),
  task: z.string().nullable(),
  body: z.record(z.string(), z.unknown()),
});

/** A member's process and what it has said. */
class Running {
  readonly process: Process;
  readonly said: z.output<typeof lineSchema>[] = [];

  constructor(process: Process) {
    this.process = process;
    process.lines((line) => {
      if (line.startsWith('{"rollproof"')) this.said.push(lineSchema.parse(JSON.parse(line)));
    });
  }

  async hears(kind: string, timeoutMs = 20_000): Promise<z.output<typeof lineSchema>> {
    const deadline = { what: `${this.process.id} to say ${kind}`, timeoutMs, signal: over, remedy: "See its log." };
    return await until(deadline, () => this.said.find((line) => line.kind === kind));
  }

  async stop(): Promise<number | null> {
    await this.process.do("stop", over);
    return (await this.process.ended).code;
  }
}

const inputs = [
  ...payments("payments").records(drawFrom("a seed"), {
    inputs: 1_200,
    partitions,
    keys: 60,
    duplicatesPercent: 5,
    outOfOrderPercent: 10,
    latePercent: 3,
    hotKeysPercent: 20,
  }),
];

async function send({ stages }: Pipeline, records: readonly InputRecord[]): Promise<void> {
  for (let partition = 0; partition < partitions; partition += 1)
    await producer.send({
      topic: stages[0]?.source ?? "",
      messages: records
        .filter((record) => record.partition === partition)
        .map(({ key, value }) => ({ key, value, partition })),
    });
}

/** Waits until both sinks hold as many committed records as are expected of them, then returns what they hold. */
async function settled({ stages }: Pipeline): Promise<readonly Judged[]> {
  const deadline = {
    what: "all effects",
    timeoutMs: 40_000,
    signal: over,
    remedy: "See the members' logs.",
    everyMs: 300,
  };
  return await until(deadline, async () => {
    const judged: Judged[] = [];
    try {
      for (const stage of stages) judged.push(await judge(raw, stage, specification.stages[stage.name], partitions));
    } catch (error) {
      return whileFresh(error);
    }
    return judged.every(({ expected, found }) => found.length >= expected.length && found.length > 0)
      ? judged
      : undefined;
  });
}

/** A broker names a fresh partition's leader, itself, a moment before it can be read: RawLog leaves trying again to its caller. */
function whileFresh(error: unknown): undefined {
  if (error instanceof ResponseError) return undefined;
  throw error;
}

async function committedOffset({ group, source }: StageConfig, partition: number): Promise<number> {
  const [topic] = await admin.fetchOffsets({ groupId: group, topics: [source] });
  return Number(topic?.partitions.find((one) => one.partition === partition)?.offset);
}

const headerSchema = z.object({ inputNext: z.number(), commit: z.number() });

/** What an orderly close left of a task on a copy of the member's disk. */
function closedTask(disk: string, task: string): { clean: number; checkpoint: number } {
  const newest = readdirSync(join(disk, task, "checkpoints"))
    .map(Number)
    .toSorted((a, b) => a - b)
    .at(-1);
  const [header = ""] = readFileSync(join(disk, task, "checkpoints", String(newest)), "latin1").split("\n");
  const clean = headerSchema.parse(JSON.parse(readFileSync(join(disk, task, "CLEAN"), "utf8")));
  return { clean: clean.inputNext, checkpoint: headerSchema.parse(JSON.parse(header)).inputNext };
}

test("one member carries inputs through both stages as the specification says, and a drain leaves what it committed", async () => {
  const pipeline = await createPipeline("once");
  const member = await start(pipeline, "member-1");
  await send(pipeline, inputs);
  const judged = await settled(pipeline);
  for (const { expected, found } of judged) expect(found).toEqual(expected);

  expect(await member.stop()).toBe(0);
  const copy = join(runDirectory, "copy");
  await member.process.copyDisk(copy);
  for (const stage of pipeline.stages)
    for (let partition = 0; partition < partitions; partition += 1) {
      const next = await committedOffset(stage, partition);
      expect(closedTask(copy, `${stage.name}-${partition}`)).toEqual({ clean: next, checkpoint: next });
    }
});

test("a member killed at after-send in stage 2 goes on from its disk, and its aborted records have no effect", async () => {
  const pipeline = await createPipeline("killed");
  const killed = await start(pipeline, "member-1", { points: [{ point: "after-send", stage: "settlement", nth: 5 }] });
  await send(pipeline, inputs.slice(0, 900));
  await killed.hears("at-point");
  await killed.process.do("crash", over);

  const again = await start(pipeline, "member-1", { disk: "keep" });
  await send(pipeline, inputs.slice(900));
  const judged = await settled(pipeline);
  for (const { expected, found } of judged) expect(found).toEqual(expected);
  expect(judged[1]?.aborted).toBeGreaterThan(0);
  const warm = again.said.filter(({ kind, body }) => kind === "opened" && body["warm"] === true);
  expect(warm.length).toBeGreaterThan(0);
  await again.stop();
});

test("a member paused past its session is fenced when it resumes, and nothing is lost or doubled", async () => {
  const pipeline = await createPipeline("zombie");
  const zombie = await start(pipeline, "member-1", { points: [{ point: "after-send", stage: "settlement", nth: 2 }] });
  await send(pipeline, inputs.slice(0, 600));
  const parked = await zombie.hears("at-point");
  await zombie.process.do("pause", over);

  const successor = await start(pipeline, "member-2");
  await until({ what: "the takeover", timeoutMs: 20_000, signal: over, remedy: "See member-2's log." }, () =>
    successor.said.find(({ kind, task }) => kind === "opened" && task === parked.task),
  );
  await zombie.process.do("resume", over);
  await fetch(`http://${await zombie.process.endpoint("control")}/points`, { method: "DELETE" });
  const fenced = await zombie.hears("fenced");
  expect(fenced.body["error"]).toBe("INVALID_PRODUCER_EPOCH");

  await send(pipeline, inputs.slice(600));
  const judged = await settled(pipeline);
  for (const { expected, found } of judged) expect(found).toEqual(expected);
  expect(await Promise.all([zombie.stop(), successor.stop()])).toEqual([0, 0]);
});

test("v2 takes over v1's disk, and the flag switches its outputs to format 2 between transactions", async () => {
  const pipeline = await createPipeline("flagged");
  const old = await start(pipeline, "member-1");
  await send(pipeline, inputs.slice(0, 400));
  await settled(pipeline);
  await old.stop();

  const upgraded = await start(pipeline, "member-1", { version: "v2", disk: "keep" });
  await send(pipeline, inputs.slice(400, 800));
  const before = await settled(pipeline);
  expect(before.flatMap(({ formats }) => formats.flat()).filter((format) => format !== "1")).toEqual([]);
  const opened = upgraded.said.filter(({ kind }) => kind === "opened");
  const firsts = new Map(opened.toReversed().map(({ task, body }) => [task, body["kept"]]));
  expect([...firsts.values()]).toEqual([true, true, true, true]);

  const flag = { flag: "output-format-2", state: "active", epoch: 1 };
  await producer.send({ topic: pipeline.flagsTopic, messages: [{ key: flag.flag, value: JSON.stringify(flag) }] });
  await upgraded.hears("flag");
  await send(pipeline, inputs.slice(800));
  const judged = await settled(pipeline);
  for (const { expected, found, formats } of judged) {
    expect(found).toEqual(expected);
    for (const perPartition of formats) expect(perPartition).toEqual(perPartition.toSorted());
    expect(new Set(formats.flat())).toEqual(new Set(["1", "2"]));
  }
  const health: unknown = await (await fetch(`http://${await upgraded.process.endpoint("control")}/health`)).json();
  expect(health).toMatchObject({ version: "v2", ready: true, flags: { "output-format-2": "active" } });
  expect(await upgraded.stop()).toBe(0);
});
