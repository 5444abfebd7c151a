import { findCoordinatorV4 } from "@platformatic/kafka";
import { brokerConnection, type BrokerConnection } from "../evidence/broker-connection.ts";
import type { Coordinated } from "../faults/role.ts";

/** Asks the brokers who coordinates what; disposing closes its connections. */
export interface Coordinators extends Disposable {
  /** Its broker number, by the first broker that knows; null when none does. */
  find(coordinated: Coordinated): Promise<number | null>;
}

const requestTimeoutMs = 2_000;
/** FindCoordinator's key types. Source: FindCoordinatorRequest of Kafka 4.1. */
const keyTypes = { group: 0, transaction: 1 } as const;

/** By FindCoordinator, version 4 (Kafka 3.0 and later). `bootstrap`: direct listeners, `host:port`. */
export function startCoordinators(bootstrap: readonly string[]): Coordinators {
  const connections: readonly BrokerConnection[] = bootstrap.map((text) => {
    const colon = text.lastIndexOf(":");
    const address = { host: text.slice(0, colon), port: Number(text.slice(colon + 1)) };
    return brokerConnection(() => address, requestTimeoutMs);
  });
  return {
    async find({ of, key }) {
      for (const each of connections) {
        const called = await each.call((connection) => findCoordinatorV4.api.async(connection, keyTypes[of], [key]));
        const [found] = called.kind === "answered" ? called.value.coordinators : [];
        if (found !== undefined && found.errorCode === 0 && found.nodeId >= 0) return found.nodeId;
      }
      return null;
    },
    [Symbol.dispose]() {
      for (const connection of connections) connection.drop();
    },
  };
}
