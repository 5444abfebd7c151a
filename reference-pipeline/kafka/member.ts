import { join } from "node:path";
import type { Identity } from "../core/effects.ts";
import { stages, transactionalIdOf } from "../core/stages.ts";
import type { Strategy } from "../core/strategy.ts";
import type { Version } from "../core/version.ts";
import type { Refusal } from "./answers.ts";
import {
  createAdmin,
  createConsumer,
  createPlainProducer,
  createProducer,
  deleteRecords,
  type ClientOptions,
} from "./clients.ts";
import { CommittedOffsets } from "./committed-offsets.ts";
import type { MemberSettings, StageConfig } from "./config.ts";
import type { Health } from "./control.ts";
import { TaskDisk } from "./disk.ts";
import { Flags } from "./flags.ts";
import type { KafkajsModule } from "./load-kafkajs.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import type { OwnerWorld } from "./owner.ts";
import { Superseded } from "./patience.ts";
import { PlainProducer } from "./plain-producer.ts";
import type { Points } from "./points.ts";
import { RawLog } from "./raw-log.ts";
import { StageConsumer } from "./stage-consumer.ts";
import type { TaskHost } from "./task.ts";
import { TaskProducer } from "./task-producer.ts";
import type { Testify } from "./testimony.ts";

export interface MemberParts {
  readonly settings: MemberSettings;
  readonly version: Version;
  readonly strategy: Strategy;
  readonly kafkajs: KafkajsModule;
  readonly points: Points;
  readonly metrics: Metrics;
  readonly testify: Testify;
  readonly log: Log;
  /** Nothing can go on: the process ends. */
  readonly fail: (error: unknown) => void;
}

const keepCheckpoints = 3;
const rereadsMax = 20;
/** Below Kafka's default limit of 1 MiB for a batch (max.message.bytes), with room for its overhead. */
const sendBytesMax = 900_000;

/** One incarnation of a member: a consumer per stage, the tasks they bring, the flags they obey. */
export class Member {
  readonly #parts: MemberParts;
  readonly #clients: ClientOptions;
  readonly #raw: RawLog;
  readonly #flags: Flags;
  readonly #committed: CommittedOffsets;
  readonly #stages: readonly StageConsumer[];
  #isStarted = false;
  #isStopping = false;

  constructor(parts: MemberParts) {
    const { settings, kafkajs, log, testify } = parts;
    const { timings, fetchMinBytes, flagsTopic } = settings.config;
    this.#parts = parts;
    this.#clients = { kafkajs, bootstrap: settings.bootstrap, clientId: settings.member, timings, fetchMinBytes, log };
    this.#raw = new RawLog({ ...this.#clients, requestTimeoutMs: timings.requestTimeoutMs });
    this.#committed = new CommittedOffsets(() => createAdmin(this.#clients));
    this.#flags = new Flags({
      raw: this.#raw,
      topic: flagsTopic,
      deadlineMs: 10 * timings.requestTimeoutMs,
      stillWanted: () => this.#stillRunning(),
      onChange: (flag, state, epoch) => testify("flag", null, { flag, state, epoch }),
    });
    this.#stages = settings.config.stages.map((stage) => this.#stageConsumer(stage));
  }

  get health(): Health {
    return {
      version: this.#parts.settings.version,
      ready: this.#isStarted && !this.#isStopping && this.#stages.every(({ isReady }) => isReady),
      flags: this.#flags.states,
      tasks: this.#stages.flatMap(({ tasks }) => tasks.map(({ health }) => health)),
    };
  }

  /** Reads the flags to their end before any task opens, then joins the groups. */
  async start(): Promise<void> {
    await this.#flags.readToEnd();
    this.#flags.follow().catch((error: unknown) => {
      if (!(error instanceof Superseded)) this.#parts.fail(error);
    });
    await Promise.all(this.#stages.map((stage) => stage.start()));
    this.#isStarted = true;
  }

  /** Finishes what is open, saves every task, leaves the groups. */
  async drain(): Promise<void> {
    this.#isStopping = true;
    await Promise.all(this.#stages.map((stage) => stage.drain()));
    this.#committed.disconnect();
    this.#raw[Symbol.dispose]();
  }

  #stillRunning(): void {
    if (this.#isStopping) throw new Superseded("The member stops.");
  }

  #stageConsumer(stage: StageConfig): StageConsumer {
    const { settings, version, strategy, metrics, testify, fail } = this.#parts;
    return new StageConsumer({
      stage: stage.name,
      source: stage.source,
      partitions: settings.config.partitions,
      heartbeatEveryMs: Math.max(10, Math.floor(settings.config.timings.heartbeatIntervalMs / 2)),
      sessionTimeoutMs: settings.config.timings.sessionTimeoutMs,
      consumer: createConsumer(this.#clients, stage.group, strategy.readsUncommitted(version, stage.name)),
      metrics,
      testify,
      dropsFetchedAfterMs: strategy.dropsFetchedAfterMs,
      drainsOnlyWhenIdle: strategy.drainsOnlyWhenIdle,
      activeFlags: () => this.#flags.active,
      hostOf: (partition, consumer) => this.#hostOf(stage, partition, consumer),
      fail,
    });
  }

  #hostOf(stage: StageConfig, partition: number, consumer: StageConsumer): TaskHost {
    const { settings, version, strategy, fail } = this.#parts;
    const { member, incarnation, config } = settings;
    const { source, changelog, sink } = stage;
    return {
      context: {
        stage: { ...stages[stage.name], group: stage.group, topics: { source, changelog, sink } },
        topics: { source, changelog, sink },
        partition,
        partitions: config.partitions,
        version,
        writer: `${member}/${incarnation}/${settings.version}`,
        strategy,
        maxPerTransaction: config.maxPerTransaction,
        checkpointEvery: config.checkpointEvery,
        keepCheckpoints,
        rereadsMax,
      },
      world: this.#worldOf(stage, partition, consumer),
      lastCallMs: config.timings.requestTimeoutMs,
      isLivingMember: () => consumer.isLivingMember,
      wantRejoin: () => consumer.wantRejoin(),
      fail,
    };
  }

  #worldOf(stage: StageConfig, partition: number, consumer: StageConsumer): OwnerWorld {
    const { settings, points, metrics, testify } = this.#parts;
    const { timings } = settings.config;
    return {
      stage: stage.name,
      group: stage.group,
      source: stage.source,
      changelog: stage.changelog,
      sink: stage.sink,
      partition,
      disk: new TaskDisk(join(settings.dataDirectory, `${stage.name}-${partition}`)),
      raw: this.#raw,
      points,
      metrics,
      testify,
      fetchWaitMs: Math.min(200, timings.maxWaitMs),
      deadlineMs: 5 * timings.requestTimeoutMs,
      createProducer: (identity, onRefusal) =>
        this.#producerOf(this.#idOf(identity, transactionalIdOf(stage.name, partition)), onRefusal),
      createPlainProducer: () => new PlainProducer(createPlainProducer(this.#clients), timings.requestTimeoutMs),
      committedOffset: () => this.#committed.next(stage.group, stage.source, partition),
      commitPlainly: (nextOffset) => consumer.commitPlainly(partition, nextOffset),
      deleteSource: (below) => deleteRecords(createAdmin(this.#clients), { topic: stage.source, partition, below }),
      seek: (offset) => consumer.seek(partition, offset),
    };
  }

  #idOf(identity: Identity, base: string): string {
    const { member, incarnation } = this.#parts.settings;
    switch (identity) {
      case "task":
        return base;
      case "start":
        return `${base}-${member}-${incarnation}`;
      case "job":
        return "reference";
      default:
        return identity satisfies never;
    }
  }

  #producerOf(transactionalId: string, onRefusal: (during: string, refusal: Refusal) => void): TaskProducer {
    const { settings } = this.#parts;
    return new TaskProducer(createProducer(this.#clients, transactionalId), {
      transactionalId,
      requestTimeoutMs: settings.config.timings.requestTimeoutMs,
      sendBytesMax,
      onRefusal,
    });
  }
}
