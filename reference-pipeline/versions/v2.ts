/**
 * Release v2 of the job: state schema 2 from its first commit on; output format 2 once its flag is active, since until
 * then a member of release v1 may have to take over and would not write it.
 */
import { latenessMs, splitWindowKey, windowMs, type State } from "../core/state.ts";
import { formatFlag, type Version } from "../core/version.ts";
import { codecOf } from "./codec.ts";

/** Velocity from which a payment is risky. */
const riskyVelocity = 5;
/** Amount from which a payment is risky, cents. */
const riskyAmount = 100_000;

export const v2: Version = {
  name: "v2",
  schema: "2",
  format: (activeFlags) => (activeFlags.has(formatFlag) ? "2" : "1"),
  ...codecOf("2", derivedFields),

  accepted: ({ id, account, merchant, amount, at }, velocity, { n, t }, format) => {
    const risk = velocity >= riskyVelocity || amount >= riskyAmount ? "high" : "low";
    const added = format === "2" ? { risk } : {};
    return JSON.stringify({ id, account, merchant, amount, at, velocity, n, t, ...added });
  },

  settled: ({ kind, merchant, window, id, n, t }, format) => {
    const named = id === null ? { kind, merchant, window } : { kind, merchant, window, id };
    const added = format === "2" ? { mean: n === 0 ? 0 : Math.floor(t / n) } : {};
    return JSON.stringify({ ...named, n, t, ...added });
  },
};

function derivedFields(key: string, state: State): Readonly<Record<string, number>> {
  switch (state.kind) {
    case "account":
      return { seen: state.recent.length };
    case "window":
      return { closesAt: splitWindowKey(key).window + windowMs + latenessMs };
    case "newest":
      return {};
    default:
      return state satisfies never;
  }
}
