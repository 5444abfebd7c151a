import type { Draw, InputRecord, WorkloadGenerator, WorkloadShape } from "../model/pipeline.ts";
import { fnv1a32 } from "./fnv1a32.ts";
import { lanes, type Lane } from "./payment-lanes.ts";

interface Payment {
  readonly id: string;
  readonly account: string;
  readonly merchant: string;
  readonly amount: number;
  readonly at: number;
}

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
 * the dedup horizon: an exact copy, or the same id at a new time) and poison. Accounts and merchants have hot keys. Some accounts
 * live in a slower event time, so that some windows stay open (payment-lanes.ts).
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
    topic,
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

/** A payment with the lane whose event time it has. */
interface Sent {
  readonly payment: Payment;
  readonly lane: Lane;
}

function paymentSource(draw: Draw, shape: WorkloadShape): (i: number) => Payment {
  const kinds = draw.fork("kinds");
  const times = draw.fork("times");
  const again = draw.fork("again");
  const fresh = freshPayments(draw);
  const laneOf = lanes(draw, shape);
  const near: Sent[] = [];
  const far: Sent[] = [];

  return (i) => {
    const kind = kinds.unit() * 100;
    if (kind < shape.duplicatesPercent && near.length > 0) return sentAgain(again, near, far, i);

    const rest = kind - shape.duplicatesPercent;
    const behindMs =
      rest < shape.latePercent
        ? times.integer(20_000, 60_000)
        : rest < shape.latePercent + shape.outOfOrderPercent
          ? times.integer(1, 4_000)
          : 0;
    const lane = laneOf();
    const sent = { lane, payment: fresh(i, lane, behindMs) };
    if (near.push(sent) > nearby) near.shift();
    if (i % keptForLater === 0) far.push(sent);
    return sent.payment;
  };
}

/** Four in five soon after the first; else long after it: an exact copy, or the same id at the present time. */
function sentAgain(draw: Draw, near: readonly Sent[], far: readonly Sent[], i: number): Payment {
  const old = draw.integer(1, 5) === 1 ? far[draw.integer(0, Math.floor(far.length / 3))] : undefined;
  const recent = near[draw.integer(0, near.length - 1)];
  const isCopy = draw.integer(0, 1) === 0;
  const chosen = old ?? recent;
  if (chosen === undefined) throw new Error("There is a payment to send again");
  const { payment, lane } = chosen;
  return old === undefined || isCopy ? payment : { ...payment, at: lane.eventTime(i) };
}

function freshPayments(draw: Draw): (i: number, lane: Lane, behindMs: number) => Payment {
  const amounts = draw.fork("amounts");
  return (i, { accountOf, merchantOf, eventTime }, behindMs) => {
    const isLarge = amounts.integer(1, 50) === 1;
    const amount = isLarge ? amounts.integer(100_000, 500_000) : amounts.integer(50, 20_000);
    return { id: `p-${i}`, account: accountOf(), merchant: merchantOf(), amount, at: eventTime(i) - behindMs };
  };
}
