import type { Kafka } from "kafkajs";
import { createResolver, type ResolveTarget } from "../faults/resolver.ts";
import type { BrokerId } from "../model/brand.ts";
import type { Environment } from "../model/environment.ts";
import type { Plan } from "../model/plan.ts";
import type { UpgradeJournal } from "../upgrade/journal.ts";
import type { Brokers } from "./brokers.ts";
import { leaders } from "./cluster.ts";
import type { Members } from "./members.ts";
import type { Ownership } from "./ownership.ts";

export interface RolesWorld {
  readonly environment: Environment;
  readonly members: Members;
  readonly brokers: Brokers;
  readonly ownership: Ownership;
  readonly kafka: Kafka;
  readonly journal: UpgradeJournal;
  readonly plan: Plan;
}

export interface Roles extends Disposable {
  readonly resolve: ResolveTarget;
}

const refreshMs = 500;

/** Who a fault's target is now. Leaders are asked for every half second, and only when the plan names one. */
export function createRoles(world: RolesWorld): Roles {
  const { environment, members, brokers, ownership, journal } = world;
  const led = new Map<string, BrokerId>();
  const timer = world.plan.faults.some(({ target }) => target.includes("leader of"))
    ? setInterval(() => void refresh(world, led), refreshMs)
    : null;
  if (timer !== null) void refresh(world, led);
  const resolve = createResolver({
    view: {
      members: environment.memberSlots,
      brokers: environment.brokers,
      owner: (topic, partition) => ownership.owner(topic, partition),
      leader: (topic, partition) => led.get(`${topic}-${partition}`) ?? null,
    },
    process(id) {
      const member = environment.memberSlots.find((slot) => slot === id);
      if (member !== undefined) {
        const process = members.target(member);
        const restart = async (signal: AbortSignal) =>
          await members.restart(member, process, journal.versionOf(member), signal);
        return { kind: "process", process, serves: null, restart };
      }
      const broker = environment.brokers.find((candidate) => candidate === id);
      if (broker === undefined) throw new Error(`There is no ${id} in this run.`);
      const process = brokers.target(broker);
      return {
        kind: "process",
        process,
        serves: brokers.serves(broker),
        restart: async (signal) => await brokers.restart(broker, process, signal),
      };
    },
    link: (from, to) => environment.link(from, to),
  });
  return {
    resolve,
    [Symbol.dispose]: () => {
      if (timer !== null) clearInterval(timer);
    },
  };
}

/** A failed look leaves the last answer standing: a role is resolved at firing, and the history says to whom. */
async function refresh(world: RolesWorld, led: Map<string, BrokerId>): Promise<void> {
  const topics = world.plan.faults.flatMap(({ target }) => /leader of (\S+)-\d+$/.exec(target)?.[1] ?? []);
  try {
    for (const { topic, partition, leader } of await leaders(world.kafka, topics)) {
      const broker = world.environment.brokers[leader - 1];
      if (broker !== undefined) led.set(`${topic}-${partition}`, broker);
    }
  } catch {
    // Brokers are being injured on purpose; the next look is half a second away.
  }
}
