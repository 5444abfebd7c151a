import { describeQuorumV2, findCoordinatorV4 } from "@platformatic/kafka";
import { brokerConnection, parseAddress, type BrokerConnection } from "../base/broker-connection.ts";
import { clusterMetadata, type Coordinated } from "../model/role.ts";

/** Asks the brokers who coordinates what; disposing closes its connections. */
export interface Coordinators extends Disposable {
  /** Its broker number, by the first broker that knows; null when none does. */
  find(coordinated: Coordinated): Promise<number | null>;
  /** The active controller's number: of what the brokers say, that of the highest epoch; null when none knows. */
  activeController(): Promise<number | null>;
}

const requestTimeoutMs = 2_000;
/** FindCoordinator's key types. Source: FindCoordinatorRequest of Kafka 4.1. */
const keyTypes = { group: 0, transaction: 1 } as const;

/** By FindCoordinator 4 (Kafka 3.0 and later) and DescribeQuorum 2 (3.9 and later; brokers hand it on). `bootstrap`: direct listeners, `host:port`. */
export function startCoordinators(bootstrap: readonly string[]): Coordinators {
  const connections: readonly BrokerConnection[] = bootstrap.map((text) => {
    const address = parseAddress(text);
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
    async activeController() {
      const { topic: topicName, partition: partitionIndex } = clusterMetadata;
      const asked = [{ topicName, partitions: [{ partitionIndex }] }];
      const said = await Promise.all(
        connections.map(async (each) => {
          const called = await each.call((connection) => describeQuorumV2.api.async(connection, asked));
          return called.kind === "answered" ? (called.value.topics[0]?.partitions ?? []) : [];
        }),
      );
      const [latest] = said
        .flat()
        .filter(({ errorCode, leaderId }) => errorCode === 0 && leaderId >= 0)
        .toSorted((a, b) => b.leaderEpoch - a.leaderEpoch);
      return latest?.leaderId ?? null;
    },
    [Symbol.dispose]() {
      for (const connection of connections) connection.drop();
    },
  };
}
