import { Connection, metadataV12 } from "@platformatic/kafka";
import { until } from "../../base/deadline.ts";
import { RollproofError } from "../../base/errors.ts";
import type { Exit } from "../../model/environment.ts";
import type { NodePorts } from "./layout.ts";

/** Broker ids (Kafka's numbers) that this broker's metadata names as alive; null: it does not answer yet. */
async function brokersSeenBy(port: number): Promise<ReadonlySet<number> | null> {
  const connection = new Connection("rollproof-environment", { connectTimeout: 1_000, requestTimeout: 2_000 });
  connection.on("error", () => undefined);
  try {
    await connection.connect("127.0.0.1", port);
    const metadata = await metadataV12.api.async(connection, [], false, false);
    return new Set(metadata.brokers.map((broker) => broker.nodeId));
  } catch {
    return null;
  } finally {
    connection.close().catch(() => undefined);
  }
}

export interface Serving {
  readonly node: NodePorts;
  /** The image that it runs in, where it runs in one: for the message of a broker that dies. */
  readonly image?: string;
  /** Kafka's numbers of the brokers that must be alive in this one's eyes. */
  readonly peers: readonly number[];
  /** Resolves when the broker's process ends. */
  readonly ended: Promise<Exit>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Last lines of the broker's log, for the message of a broker that dies. */
  readonly logTail: () => Promise<string>;
}

/** Resolves when the broker answers on its direct listener and knows all `peers`; throws at once when it dies. */
export async function untilServing(wanted: Serving): Promise<void> {
  let dead: number | string | null | undefined;
  void wanted.ended.then((exit) => (dead = exit.signal ?? exit.code));
  await until(
    {
      what: `${wanted.node.id} to serve`,
      timeoutMs: wanted.timeoutMs,
      signal: wanted.signal,
      remedy: `Read brokers/${wanted.node.id}/log in the run directory.`,
      everyMs: 40,
    },
    async () => {
      if (dead !== undefined)
        throw new RollproofError(
          "kafka-unreachable",
          `${wanted.node.id}${wanted.image === undefined ? "" : ` (${wanted.image})`} ended at its start (${dead}). The end of its log:\n${await wanted.logTail()}`,
          { remedy: `Read brokers/${wanted.node.id}/log in the run directory; free memory and disk.` },
        );
      const seen = await brokersSeenBy(wanted.node.direct);
      return seen !== null && wanted.peers.every((id) => seen.has(id)) ? true : undefined;
    },
  );
}
