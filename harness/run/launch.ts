import { join } from "node:path";
import { RollproofError } from "../base/errors.ts";
import pinned from "../bootstrap/pinned.json" with { type: "json" };
import type { MemberLaunch } from "../model/environment.ts";
import type { PipelineDescription } from "../model/pipeline.ts";
import type { Plan } from "../model/plan.ts";
import { profiles, scaled } from "../model/profile.ts";
import { launchVariables, templatesIn } from "../pipeline/variables.ts";
import { root } from "./provenance.ts";

export interface LaunchOptions {
  readonly plan: Plan;
  readonly description: PipelineDescription;
  readonly hostFactor: number;
  readonly version: string;
}

/** The jars of the Kafka that the harness runs on: clients written in Java may be run against them. */
const kafkaLibs = join(root, ".rollproof", "tools", `kafka-${pinned.kafka}`, "libs");

/** How a member of this version is started in this run. */
export function launchOf({ plan, description, hostFactor, version }: LaunchOptions): MemberLaunch {
  const launch = description.versions[version];
  if (launch === undefined)
    throw new RollproofError("scenario-invalid", `The pipeline has no version ${version}.`, {
      remedy: `Use one of ${Object.keys(description.versions).join(", ")}.`,
    });
  const { argv, env, image } = launch;
  const { partitions } = plan.scenario.workload;
  const timings = scaled(profiles[plan.scenario.profile], hostFactor);
  const folder = join(root, description.folder);
  const usesJars = [...argv, ...Object.values(env)].some((text) => templatesIn(text).includes("KAFKA_LIBS"));
  return {
    version,
    argv,
    env,
    config: description.config(timings, partitions, plan.mutant),
    variables: launchVariables({ folder, kafkaLibs, version, mutant: plan.mutant, partitions, timings }),
    image,
    mounts: [...launch.mounts.map((path) => join(root, path)), ...(usesJars ? [kafkaLibs] : [])],
  };
}
