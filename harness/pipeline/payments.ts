import type { Draw, InputRecord, WorkloadGenerator, WorkloadShape } from "../model/pipeline.ts";
import { fnv1a32 } from "./fnv1a32.ts";

interface Payment {
  readonly id: string;
  readonly account: string;
  readonly merchant: string;
  readonly amount: number;
  readonly at: number;
}

const began = 1_700_000_000_000;
/** Event time of the whole stream without its jumps: near to the time that a run takes, so that tasks stay in step. */
const steadyMs = 288_000;
/** The stream jumps this far ahead between two segments, so that ten minutes (the dedup horizon) pass within it. */
const jumpMs = 320_000;
const segments = 12;
/** A resend comes within this many payments of the first. */
const nearby = 200;
/** Of the payments, one in this many is kept to be sent again much later. */
const keptForLater = 16;
/** One input in this many is poison: no payment at all. */
const poisonEvery = 1_500;
const poison = ["not json", "", "[]", "null", '{"id":"p-0"}', '{"id":"p-0","account":"a-1","merchant":7}'] as const;

/**
 * Payments in send order: event time goes on with the index, in twelve segments far apart, with
 * payments out of order (within the settlement stage's lateness of 5 s), late (beyond it), sent again (soon, or beyond
 * the dedup horizon: an exact copy, or the same id at a new time) and poison. Accounts and merchants have hot keys.
 */
export function payments(topic: string): WorkloadGenerator {
  const inputRecord = (key: string, value: string, { partitions }: WorkloadShape): InputRecord => ({
    topic,
    partition: fnv1a32(key) % partitions,
    key,
    value,
  });
  return {
    stream: "payments",
    *records(draw, shape) {
      const next = paymentSource(draw, shape);
      for (let i = 0; i < shape.inputs; i++) {
        const payment = next(i);
        const isPoison = i % poisonEvery === poisonEvery - 1;
        const value = isPoison ? (poison[Math.floor(i / poisonEvery) % poison.length] ?? "") : JSON.stringify(payment);
        yield inputRecord(payment.account, value, shape);
      }
    },
  };
}

function paymentSource(draw: Draw, shape: WorkloadShape): (i: number) => Payment {
  const kinds = draw.fork("kinds");
  const times = draw.fork("times");
  const again = draw.fork("again");
  const fresh = freshPayments(draw, shape);
  const eventTime = eventTimeOf(shape.inputs);
  const near: Payment[] = [];
  const far: Payment[] = [];

  return (i) => {
    const now = eventTime(i);
    const kind = kinds.unit() * 100;
    if (kind < shape.duplicatesPercent && near.length > 0) return sentAgain(again, near, far, now);

    const rest = kind - shape.duplicatesPercent;
    const behindMs =
      rest < shape.latePercent
        ? times.integer(20_000, 60_000)
        : rest < shape.latePercent + shape.outOfOrderPercent
          ? times.integer(1, 4_000)
          : 0;
    const payment = fresh(i, now - behindMs);
    if (near.push(payment) > nearby) near.shift();
    if (i % keptForLater === 0) far.push(payment);
    return payment;
  };
}

/** Four in five soon after the first; else long after it: an exact copy, or the same id at the present time. */
function sentAgain(draw: Draw, near: readonly Payment[], far: readonly Payment[], now: number): Payment {
  const old = draw.integer(1, 5) === 1 ? far[draw.integer(0, Math.floor(far.length / 3))] : undefined;
  const recent = near[draw.integer(0, near.length - 1)];
  const isCopy = draw.integer(0, 1) === 0;
  const chosen = old ?? recent;
  if (chosen === undefined) throw new Error("There is a payment to send again");
  return old === undefined || isCopy ? chosen : { ...chosen, at: now };
}

function freshPayments(draw: Draw, shape: WorkloadShape): (i: number, at: number) => Payment {
  const amounts = draw.fork("amounts");
  const accountOf = hotKeys(draw.fork("accounts"), "a-", shape.keys, shape.hotKeysPercent);
  const merchants = Math.max(10, Math.round(shape.keys / 10));
  const merchantOf = hotKeys(draw.fork("merchants"), "m-", merchants, shape.hotKeysPercent);
  return (i, at) => {
    const isLarge = amounts.integer(1, 50) === 1;
    const amount = isLarge ? amounts.integer(100_000, 500_000) : amounts.integer(50, 20_000);
    return { id: `p-${i}`, account: accountOf(), merchant: merchantOf(), amount, at };
  };
}

/** One key in a hundred is hot; together the hot ones get `percent` of the draws. */
function hotKeys(draw: Draw, prefix: string, keys: number, percent: number): () => string {
  const hot = Math.max(1, Math.round(keys / 100));
  return () => {
    const last = draw.unit() * 100 < percent ? hot : keys;
    return `${prefix}${draw.integer(1, last)}`;
  };
}

function eventTimeOf(inputs: number): (i: number) => number {
  const stepMs = Math.min(60, Math.max(1, Math.round(steadyMs / inputs)));
  const perSegment = Math.ceil(inputs / segments);
  return (i) => began + i * stepMs + Math.floor(i / perSegment) * jumpMs;
}
