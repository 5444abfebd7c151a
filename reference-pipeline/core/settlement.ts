import { parsePayment } from "./payment.ts";
import { nothing, type Stage, type StageOutput, type StateChange } from "./stage.ts";
import {
  latenessMs,
  newestKey,
  splitWindowKey,
  windowKey,
  windowMs,
  type StateView,
  type WindowState,
} from "./state.ts";
import type { Settlement } from "./version.ts";

/** Stage `settlement`: sums per merchant and event-time window, closed by the source partition's own event time. No dedup. */
export const settlement: Stage = {
  name: "settlement",
  topics: { source: "by-merchant", changelog: "settlement-changelog", sink: "settlements" },
  group: "reference-settlement",
  step(state, record) {
    const payment = parsePayment(record.value);
    if (payment === null) return nothing;
    const { id, merchant, amount, at } = payment;
    const window = Math.floor(at / windowMs) * windowMs;
    const before = newestOf(state);
    if (before !== null && isClosed(window, before))
      return { outputs: [output({ kind: "late", merchant, window, id, n: 1, t: amount })], changes: [] };

    const key = windowKey(merchant, window);
    const sum = add(state, key, amount);
    const outputs = [output({ kind: "open", merchant, window, id, n: sum.n, t: sum.t })];
    const changes: StateChange[] = [{ key, state: sum }];
    if (before !== null && at <= before) return { outputs, changes };

    changes.push({ key: newestKey, state: { kind: "newest", newest: at } });
    if (before !== null && closedBelow(before) === closedBelow(at)) return { outputs, changes };
    for (const closing of windowsClosedBy(at, state, key, sum)) {
      outputs.push(output({ kind: "closed", id: null, ...closing }));
      changes.push({ key: windowKey(closing.merchant, closing.window), state: null });
    }
    return { outputs, changes };
  },
};

type OpenWindow = Omit<Settlement, "kind" | "id">;

function newestOf(state: StateView): number | null {
  const found = state.get(newestKey);
  return found?.kind === "newest" ? found.newest : null;
}

function isClosed(window: number, newest: number): boolean {
  return window + windowMs + latenessMs <= newest;
}

/** Every window that starts below this is closed. */
function closedBelow(newest: number): number {
  return Math.floor((newest - latenessMs) / windowMs) * windowMs;
}

function add(state: StateView, key: string, amount: number): WindowState {
  const found = state.get(key);
  const before = found?.kind === "window" ? found : { n: 0, t: 0 };
  return { kind: "window", n: before.n + 1, t: before.t + amount };
}

/** Windows that `newest` closes, the just summed one among them, in order of (window, merchant). */
function windowsClosedBy(newest: number, state: StateView, summed: string, sum: WindowState): readonly OpenWindow[] {
  const closing: OpenWindow[] = [];
  for (const key of new Set([...state.keys(), summed])) {
    const found = key === summed ? sum : state.get(key);
    if (found?.kind !== "window") continue;
    const { merchant, window } = splitWindowKey(key);
    if (isClosed(window, newest)) closing.push({ merchant, window, n: found.n, t: found.t });
  }
  return closing.toSorted((a, b) => a.window - b.window || compare(a.merchant, b.merchant));
}

/** By UTF-16 code units. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function output(settled: Settlement): StageOutput {
  return { key: settled.merchant, value: (version, format) => version.settled(settled, format) };
}
