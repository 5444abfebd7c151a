import type { Kafka } from "kafkajs";
import { createResolver, type ResolveTarget } from "../faults/resolver.ts";
import { clusterMetadata, parseRole, type BrokerEnd, type Coordinated } from "../model/role.ts";
import type { ProcessTarget } from "../faults/process-fault.ts";
import type { BrokerId, MemberId } from "../model/brand.ts";
import type { Environment } from "../model/environment.ts";
import type { Plan } from "../model/plan.ts";
import type { Brokers } from "../admin/brokers.ts";
import { leaders } from "../admin/topics.ts";
import { startCoordinators, type Coordinators } from "../admin/coordinators.ts";
import type { Members } from "../members/members.ts";
import type { Coordinator } from "./coordinator/coordinator.ts";
import type { Ownership } from "./ownership.ts";

export interface RolesWorld {
  readonly environment: Environment;
  readonly members: Members;
  readonly brokers: Brokers;
  readonly ownership: Ownership;
  readonly kafka: Kafka;
  readonly coordinator: Coordinator;
  readonly plan: Plan;
  /** Members name a control port. */
  readonly speaks: boolean;
}

export interface Roles extends Disposable {
  readonly resolve: ResolveTarget;
}

const refreshMs = 500;

/** Who a fault's target is now. Leaders and coordinators are asked for every half second, those that the plan names only. */
export function createRoles(world: RolesWorld): Roles {
  const { environment, brokers, ownership, coordinator } = world;
  const ends = brokerEnds(world.plan);
  const found: Found = new Map();
  using starting = new DisposableStack();
  const coordinators = starting.use(startCoordinators(environment.directBootstrap));
  let asking = false;
  const look = async (): Promise<void> => {
    if (asking) return; // a broker that does not answer makes a look longer than the pause between two
    asking = true;
    await refresh(world, { ends, coordinators, found });
    asking = false;
  };
  if (ends.length > 0) {
    const timer = setInterval(() => void look(), refreshMs);
    starting.defer(() => clearInterval(timer));
    void look();
  }
  const resolve = createResolver({
    view: {
      members: environment.memberSlots,
      brokers: environment.brokers,
      owner: (place) => ownership.owner(place),
      leader: (topic, partition) => found.get(leaderKey(topic, partition)) ?? null,
      coordinator: (coordinated) => found.get(coordinatorKey(coordinated)) ?? null,
      get isCoordinated() {
        return coordinator.target() !== null;
      },
    },
    coordinator: () => coordinatorTarget(coordinator),
    process(id) {
      const member = environment.memberSlots.find((slot) => slot === id);
      if (member !== undefined) return memberTarget(member, world);
      const broker = environment.brokers.find((candidate) => candidate === id);
      if (broker === undefined) throw new Error(`There is no ${id} in this run.`);
      return brokerTarget(broker, brokers);
    },
    link: (from, to) => environment.link(from, to),
  });
  const standing = starting.move();
  return { resolve, [Symbol.dispose]: () => standing.dispose() };
}

type Target = Omit<ProcessTarget, "peers">;

function coordinatorTarget(coordinator: Coordinator): Target {
  const process = coordinator.target();
  if (process === null) throw new Error("The upgrade has no coordinator now.");
  const restart = async (signal: AbortSignal) => await coordinator.restart(process, signal);
  return { kind: "process", process, serves: null, hasPort: false, restart };
}

function memberTarget(member: MemberId, { members, coordinator, plan, speaks }: RolesWorld): Target {
  const process = members.target(member);
  const version = (): string => coordinator.versionOf(member) ?? plan.scenario.from;
  const restart = async (signal: AbortSignal) => await members.restart(member, process, version, signal);
  return { kind: "process", process, serves: null, hasPort: speaks, restart };
}

function brokerTarget(broker: BrokerId, brokers: Brokers): Target {
  const process = brokers.target(broker);
  const restart = async (signal: AbortSignal) => await brokers.restart(broker, process, signal);
  return { kind: "process", process, serves: brokers.serves(broker), hasPort: true, restart };
}

type Found = Map<string, BrokerId>;
type LookedUp = Extract<BrokerEnd, { readonly kind: "leader" | "coordinator" }>;

const leaderKey = (topic: string, partition: number): string => `leader ${topic}-${partition}`;
const coordinatorKey = ({ of, key }: Coordinated): string => `${of} ${key}`;

/** What the plan's targets name that only the brokers know. */
function brokerEnds(plan: Plan): readonly LookedUp[] {
  return plan.faults.flatMap(({ target }) => {
    const role = parseRole(target);
    const end = role.kind === "links" ? role.to : role.end;
    return end.kind === "leader" || end.kind === "coordinator" ? [end] : [];
  });
}

interface Look {
  readonly ends: readonly LookedUp[];
  readonly coordinators: Coordinators;
  readonly found: Found;
}

/** A failed look leaves the last answer standing: a role is resolved at firing, and the history says to whom. */
async function refresh({ kafka, environment }: RolesWorld, { ends, coordinators, found }: Look): Promise<void> {
  const note = (key: string, node: number | null): void => {
    const broker = node === null ? undefined : environment.brokers[node - 1];
    if (broker !== undefined) found.set(key, broker);
  };
  try {
    const topics = new Set(ends.flatMap((end) => (end.kind === "leader" ? [end.topic] : [])));
    if (topics.delete(clusterMetadata.topic))
      note(leaderKey(clusterMetadata.topic, clusterMetadata.partition), await coordinators.activeController());
    if (topics.size > 0)
      for (const { topic, partition, leader } of await leaders(kafka, [...topics]))
        note(leaderKey(topic, partition), leader);
    for (const end of ends) if (end.kind === "coordinator") note(coordinatorKey(end), await coordinators.find(end));
  } catch {
    // Brokers are being injured on purpose; the next look is half a second away.
  }
}
