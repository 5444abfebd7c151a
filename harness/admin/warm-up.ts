import type { Kafka } from "kafkajs";
import { until } from "../base/deadline.ts";
import type { PipelineDescription } from "../model/pipeline.ts";
import { retry, settleMs, whileItMoves, withAdmin } from "./client.ts";

/**
 * Makes Kafka's internal topics exist before load: find-coordinator for every group and transactional id, one empty
 * transaction. Without it the first sendOffsets of the pipeline fails hard (ground.md, kafkajs).
 */
export async function warmUp(options: {
  readonly kafka: Kafka;
  readonly description: PipelineDescription;
  readonly signal: AbortSignal;
}): Promise<void> {
  const producer = options.kafka.producer({
    transactionalId: "rollproof-warm-up",
    idempotent: true,
    maxInFlightRequests: 1,
    retry,
  });
  await Promise.all([
    withAdmin(options.kafka, async (admin) => {
      for (const { group } of options.description.stages)
        await until(
          {
            what: `a coordinator for the group ${group}`,
            timeoutMs: settleMs,
            signal: options.signal,
            remedy: "Read brokers/*/log in the run directory.",
          },
          async () => await admin.fetchOffsets({ groupId: group }).catch(whileItMoves),
        );
    }),
    (async () => {
      await producer.connect();
      const transaction = await producer.transaction();
      await transaction.abort();
      await producer.disconnect();
    })(),
  ]);
}
