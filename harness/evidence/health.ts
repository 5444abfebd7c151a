import { z } from "zod";
import type { EventBody, RecordEvent } from "../model/event.ts";
import { pause } from "./fetcher.ts";

/** A member whose `GET /health` is sampled. */
export interface HealthTarget {
  readonly member: string;
  readonly incarnation: number;
  /** `127.0.0.1:port` of its control port. */
  readonly endpoint: string;
}

const everyMs = 500;
const timeoutMs = 1_000;
const bytesMax = 64 * 1024;

/** Design §6; unknown keys are a member's own business and are dropped. */
const healthSchema = z.object({
  version: z.string().max(64),
  ready: z.boolean(),
  flags: z.json(),
  tasks: z.array(
    z.object({
      stage: z.string().max(64),
      partition: z.number().int(),
      state: z.string().max(64),
      inputNext: z.number().nullable(),
      checkpointNext: z.number().nullable(),
    }),
  ),
});

/**
 * Samples every target until the signal. A member that does not answer (paused, cut off, ended) leaves no event: the
 * absence is visible in the history by itself.
 */
export async function pollHealth(options: {
  readonly targets: () => readonly HealthTarget[];
  readonly record: RecordEvent;
  readonly signal: AbortSignal;
}): Promise<void> {
  const busy = new Set<string>();
  const { targets, record, signal } = options;
  async function sample(target: HealthTarget): Promise<void> {
    const key = `${target.member}/${target.incarnation}`;
    if (busy.has(key)) return;
    busy.add(key);
    const health = await healthOf(target, signal);
    busy.delete(key);
    if (health !== null && !signal.aborted) record(health);
  }
  while (!signal.aborted) {
    void Promise.all(targets().map(sample));
    await pause(everyMs, signal);
  }
}

async function healthOf(target: HealthTarget, signal: AbortSignal): Promise<EventBody<"gauge-health"> | null> {
  const { member, incarnation, endpoint } = target;
  try {
    const response = await fetch(`http://${endpoint}/health`, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      redirect: "error",
    });
    const health = healthSchema.safeParse(JSON.parse(await boundedText(response)));
    if (!health.success) return null;
    return { kind: "gauge-health", member, incarnation, ...health.data };
  } catch {
    return null;
  }
}

/** The body, as far as it is of a sensible size. */
async function boundedText(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let [text, bytes] = ["", 0];
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > bytesMax) return "";
    text += decoder.decode(chunk, { stream: true });
  }
  return text;
}
