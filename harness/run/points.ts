import { RollproofError } from "../base/errors.ts";
import type { Process } from "../model/environment.ts";

/** A place in the commit cycle at which tasks of a stage park (design §6). */
export interface PointOrder {
  readonly point: string;
  readonly stage: string;
  readonly partition: number | null;
  readonly nth: number;
}

const requestTimeoutMs = 3_000;

/** Arms a point in a living member through its control port. */
export async function armPoint(process: Process, order: PointOrder, signal: AbortSignal): Promise<void> {
  await request(process, "PUT", order, signal);
}

/** Disarms all points of a member and lets parked tasks go on. */
export async function releasePoints(process: Process, signal: AbortSignal): Promise<void> {
  await request(process, "DELETE", null, signal);
}

async function request(
  process: Process,
  method: "PUT" | "DELETE",
  order: PointOrder | null,
  signal: AbortSignal,
): Promise<void> {
  const address = await process.endpoint("control");
  const body =
    order === null
      ? null
      : JSON.stringify({
          point: order.point,
          stage: order.stage,
          nth: order.nth,
          ...(order.partition === null ? {} : { partition: order.partition }),
        });
  const answer = await fetch(`http://${address}/points`, {
    method,
    body,
    headers: { "content-type": "application/json" },
    signal: AbortSignal.any([signal, AbortSignal.timeout(requestTimeoutMs)]),
  });
  const text = await answer.text();
  if (!answer.ok)
    throw new RollproofError("member-failed", `${process.id} refused ${method} /points: ${answer.status} ${text}`, {
      remedy: "Check that the pipeline's points are those of its description.",
    });
}
