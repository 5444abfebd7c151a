import type { Kafka } from "kafkajs";
import { retry } from "./client.ts";

/** Writes a flag's state to the pipeline's flags topic; only the coordinator does (design §6). */
export async function writeFlag(options: {
  readonly kafka: Kafka;
  readonly topic: string;
  readonly flag: string;
  readonly state: "prepared" | "active";
  readonly epoch: number;
}): Promise<void> {
  const producer = options.kafka.producer({ idempotent: true, maxInFlightRequests: 1, retry });
  await producer.connect();
  try {
    const { flag, state, epoch } = options;
    await producer.send({
      topic: options.topic,
      acks: -1,
      messages: [{ key: flag, value: JSON.stringify({ flag, state, epoch }), partition: 0 }],
    });
  } finally {
    await producer.disconnect();
  }
}
