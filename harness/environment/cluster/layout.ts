import { brokerId, memberId, type BrokerId, type MemberId } from "../../model/brand.ts";
import type { EnvironmentSpec } from "../../model/environment.ts";

/** Where everything of one cluster listens. Direct listeners, proxies and their API are at 127.0.0.1 for the harness. */
export interface Layout {
  readonly hosts: Hosts;
  readonly proxyApi: number;
  readonly nodes: readonly NodePorts[];
}

export interface NodePorts {
  readonly id: BrokerId;
  /** Kafka's number of it; `broker-1` is 1. */
  readonly nodeId: number;
  /** Kafka's version of its first start. */
  readonly version: string;
  readonly controller: number;
  readonly internal: number;
  /** The harness's way: no proxy, no fault. */
  readonly direct: number;
  readonly slots: readonly SlotPorts[];
}

/** One member slot's way to one broker: it dials `proxy`, which toxiproxy carries to the broker's own `listener`. */
export interface SlotPorts {
  readonly slot: MemberId;
  readonly listener: number;
  readonly proxy: number;
}

const perNode = 3;

export function portsNeeded(brokers: number, memberSlots: number): number {
  return 1 + brokers * (perNode + 2 * memberSlots);
}

/** Under what addresses the parts of a cluster find each other. */
export interface Hosts {
  /** What servers bind. */
  readonly bind: string;
  broker(nodeId: number): string;
  /** The proxy server, as members dial it. */
  readonly proxy: string;
}

/** Everything on one host. */
const loopback: Hosts = { bind: "127.0.0.1", broker: () => "127.0.0.1", proxy: "127.0.0.1" };

/** Deals the ports out; `ports` has portsNeeded(brokers.length, memberSlots) of them. */
export function layOut(
  { brokers, memberSlots }: Pick<EnvironmentSpec, "brokers" | "memberSlots">,
  ports: readonly number[],
  hosts: Hosts = loopback,
): Layout {
  const left = ports.values();
  const next = (): number => left.next().value ?? 0;
  return {
    hosts,
    proxyApi: next(),
    nodes: brokers.map(({ version }, i) => ({
      id: brokerId(`broker-${i + 1}`),
      nodeId: i + 1,
      version,
      controller: next(),
      internal: next(),
      direct: next(),
      slots: Array.from({ length: memberSlots }, (_, j) => ({
        slot: memberId(`member-${j + 1}`),
        listener: next(),
        proxy: next(),
      })),
    })),
  };
}

/** Name of a (slot, broker) pair's proxy. */
export function proxyName(slot: MemberId, broker: BrokerId): string {
  return `${slot}.${broker}`;
}
