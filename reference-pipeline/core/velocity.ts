import { parsePayment } from "./payment.ts";
import { nothing, type Stage } from "./stage.ts";
import type { AccountState } from "./state.ts";

/** A payment this much older than its account's newest cannot be told from a duplicate, ms. */
const dedupHorizonMs = 600_000;
/** Span over which payments count towards velocity, ms. */
const velocitySpanMs = 60_000;

/** Stage `velocity`: removes duplicates per account and adds how fast the account pays. */
export const velocity: Stage = {
  name: "velocity",
  topics: { source: "payments", changelog: "velocity-changelog", sink: "by-merchant" },
  group: "reference-velocity",
  step(state, record) {
    const payment = parsePayment(record.value);
    if (payment === null) return nothing;
    const before = state.get(payment.account);
    const known = before?.kind === "account" ? before : null;
    if (known !== null) {
      const isExpired = payment.at <= known.lastAt - dedupHorizonMs;
      const isDuplicate = known.recent.some(({ id }) => id === payment.id);
      if (isExpired || isDuplicate) return nothing;
    }
    const account = accept(known, payment);
    const burst = account.recent.filter(({ at }) => at > account.lastAt - velocitySpanMs).length;
    return {
      outputs: [
        { key: payment.merchant, value: (version, format) => version.accepted(payment, burst, account, format) },
      ],
      changes: [{ key: payment.account, state: account }],
    };
  },
};

function accept(
  known: AccountState | null,
  { id, at, amount }: { readonly id: string; readonly at: number; readonly amount: number },
): AccountState {
  const newest = known === null ? at : Math.max(known.lastAt, at);
  const accepted = [...(known?.recent ?? []), { id, at }];
  return {
    kind: "account",
    recent: accepted.filter((one) => one.at > newest - dedupHorizonMs),
    n: (known?.n ?? 0) + 1,
    t: (known?.t ?? 0) + amount,
    lastAt: newest,
  };
}
