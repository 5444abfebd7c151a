import type { Kafka } from "kafkajs";
import { brokersAt } from "../environment/cluster/broker-versions.ts";
import { createEnvironment } from "../environment/create.ts";
import type { Environment } from "../model/environment.ts";
import { profiles, scaled } from "../model/profile.ts";
import { watchBrokers, type Brokers } from "../admin/brokers.ts";
import { agreedLevels } from "../admin/agreed-levels.ts";
import { createTopics } from "../admin/topics.ts";
import { harnessClient } from "../admin/client.ts";
import { warmUp } from "../admin/warm-up.ts";
import type { ExecuteOptions } from "./execute-options.ts";
import { brokerConfigOf } from "./profile-broker-config.ts";
import { smallDisksOf } from "./small-disks.ts";

/** Brokers that serve, with the pipeline's topics and Kafka's own; no member yet. */
export interface StandingCluster {
  readonly environment: Environment;
  readonly brokers: Brokers;
  /** The harness's own client, on links that no fault travels. */
  readonly kafka: Kafka;
}

/** Boots the environment of a run. What it starts is ended with `scope`. */
export async function boot(options: ExecuteOptions, scope: AsyncDisposableStack): Promise<StandingCluster> {
  const { plan, description, recorder, signal, hostFactor } = options;
  const { scenario } = plan;
  const { record } = recorder;
  record({ kind: "run-phase", phase: "boot" });
  const environment = scope.use(
    await createEnvironment(
      options.environment,
      {
        runDirectory: options.layout.directory,
        brokers: brokersAt(scenario.brokers),
        ...(scenario.features === undefined ? {} : { features: scenario.features }),
        memberSlots: scenario.members,
        ...(scenario.images === undefined ? {} : { images: scenario.images }),
        lost: options.lost,
        brokerConfig: brokerConfigOf(scaled(profiles[scenario.profile], hostFactor)),
        skewableClocks: plan.faults.some(({ kind }) => kind === "clock-skew"),
        smallDisks: smallDisksOf(plan.faults),
      },
      signal,
    ),
  );
  const { runId, startedAt, specificationPath, versions } = options.info;
  const features = await agreedLevels(environment, { signal });
  await options.standing({ kafka: environment.kafka, features });
  record({
    kind: "run-started",
    runId,
    startedAt,
    tool: versions.tool,
    node: versions.node,
    kafka: environment.kafka,
    features,
    environment: environment.reason,
    hostFactor,
    planSha256: versions.planSha256,
    specificationPath,
    specificationSha256: versions.specificationSha256,
    pipeline: versions.pipeline,
  });
  const brokers = scope.use(watchBrokers(environment, record));
  const kafka = harnessClient(environment.directBootstrap);
  record({ kind: "run-phase", phase: "warm-up" });
  await Promise.all([
    createTopics({
      bootstrap: environment.directBootstrap,
      topics: description.topics(scenario.workload.partitions),
      replicationFactor: Math.min(3, scenario.brokers.length),
      signal,
    }),
    warmUp({ kafka, description, signal }),
  ]);
  return { environment, brokers, kafka };
}
