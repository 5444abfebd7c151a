import { brokerId, memberId, type BrokerId, type MemberId } from "../../model/brand.ts";

/** Where everything of one cluster listens: ports of 127.0.0.1. */
export interface Layout {
  readonly proxyApi: number;
  readonly nodes: readonly NodePorts[];
}

export interface NodePorts {
  readonly id: BrokerId;
  /** Kafka's number of it; `broker-1` is 1. */
  readonly nodeId: number;
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

/** Deals the ports out; `ports` has portsNeeded(brokers, memberSlots) of them. */
export function layOut(brokers: number, memberSlots: number, ports: readonly number[]): Layout {
  const left = ports.values();
  const next = (): number => left.next().value ?? 0;
  return {
    proxyApi: next(),
    nodes: Array.from({ length: brokers }, (_, i) => ({
      id: brokerId(`broker-${i + 1}`),
      nodeId: i + 1,
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
