import { setTimeout as sleep } from "node:timers/promises";
import type { HistoryEvent, Subscribe } from "../model/event.ts";
import type { PlannedTrigger } from "../model/plan.ts";

/** Calls `fold` with the number of offset commits seen so far on the pipeline's groups, each time it grows. */
export type OnCommits = (fold: (total: number) => void) => Disposable;

export interface MomentsWorld {
  readonly subscribe: Subscribe;
  readonly onCommits: OnCommits;
}

/**
 * Resolves when the trigger's moment has come; for a point, when it may be armed. Rejects with the signal's reason. Only
 * what happens after the call is seen, so call it before time 0.
 */
export async function momentOf(trigger: PlannedTrigger, world: MomentsWorld, signal: AbortSignal): Promise<void> {
  const { subscribe } = world;
  switch (trigger.kind) {
    case "time":
      await nextEvent(subscribe, (event) => event.kind === "time-zero", signal);
      await pass(trigger.atMs, signal);
      return;
    case "progress":
      return await commitsSinceZero(trigger.commits, world, signal);
    case "act":
      await nextEvent(subscribe, (event) => event.kind === "upgrade-act-began" && event.act === trigger.act, signal);
      await pass(trigger.delayMs, signal);
      return;
    case "journal":
      await nextEvent(subscribe, (event) => event.kind === "upgrade-journalled" && isOf(event, trigger), signal);
      return;
    case "point": {
      const { armAfterAct } = trigger;
      const settled =
        armAfterAct === null
          ? null
          : nextEvent(subscribe, (event) => event.kind === "upgrade-act-settled" && event.act === armAfterAct, signal);
      const zero = nextEvent(subscribe, (event) => event.kind === "time-zero", signal);
      await Promise.all([zero.then(() => pass(trigger.armAfterMs, signal)), settled]);
      return;
    }
    default:
      trigger satisfies never;
  }
}

/** Whether the record of the upgrade's journal is one that the trigger waits for. */
export function isOf(
  record: Pick<HistoryEvent<"upgrade-journalled">, "entry" | "act">,
  trigger: Extract<PlannedTrigger, { readonly kind: "journal" }>,
): boolean {
  return record.entry === trigger.entry && (trigger.act === null || record.act === trigger.act);
}

/** The next event that matches; rejects with the signal's reason. */
async function nextEvent(
  subscribe: Subscribe,
  matches: (event: HistoryEvent) => boolean,
  signal: AbortSignal,
): Promise<HistoryEvent> {
  const seen = Promise.withResolvers<HistoryEvent>();
  const abort = (): void => seen.reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  using _ = subscribe((event) => {
    if (matches(event)) seen.resolve(event);
  });
  try {
    return await seen.promise;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

async function commitsSinceZero(commits: number, world: MomentsWorld, signal: AbortSignal): Promise<void> {
  const reached = Promise.withResolvers<null>();
  let total = 0;
  let atZero: number | null = null;
  const look = (): void => {
    if (atZero !== null && total - atZero >= commits) reached.resolve(null);
  };
  using subscriptions = new DisposableStack();
  subscriptions.use(
    world.onCommits((now) => {
      total = now;
      look();
    }),
  );
  subscriptions.use(
    world.subscribe((event) => {
      if (event.kind !== "time-zero") return;
      atZero = total;
      look();
    }),
  );
  const abort = (): void => reached.reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  try {
    await reached.promise;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

async function pass(ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await sleep(ms, undefined, { signal });
}
