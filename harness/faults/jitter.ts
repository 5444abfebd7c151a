import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { drawFrom } from "../base/random.ts";
import type { Link, LinkInjury } from "../model/environment.ts";
import type { ActiveFault, Fault } from "../model/fault.ts";
import type { Draw } from "../model/pipeline.ts";
import { injureLinks, lateness, linksOf, probeMsMax, undoInjuries, type Harm } from "./link-fault.ts";
import { direction, paramsOf, waysOf, type Direction } from "./params.ts";

interface JitterParams extends Readonly<Record<string, unknown>> {
  /** Bounds of the latency, which is drawn for each injured way. */
  readonly leastMs: number;
  readonly mostMs: number;
  /** How long a latency stays before the next is drawn. */
  readonly everyMs: number;
  readonly direction: Direction;
  /** Of the stream of latencies; the plan draws it where the scenario gives none. */
  readonly seed: number;
}

const changeTimeoutMs = 5_000;

/**
 * A link whose latency changes all the time, at moments and by amounts that follow from the plan: the proxy's own jitter
 * cannot be repeated (its server's seed changes nothing). For the instant of a change the link is sound, and what was held
 * passes: so a latency has to stay for longer than it delays.
 */
export const jitter: Fault<JitterParams> = {
  kind: "jitter",
  takes: "link",
  ...paramsOf(
    z
      .strictObject({
        leastMs: z.int().min(0).max(30_000),
        mostMs: z.int().min(5).max(30_000),
        everyMs: z.int().min(50).max(60_000).default(500),
        direction: direction.default("both"),
        seed: z.int().min(0).max(999_999).default(0),
      })
      .refine(({ leastMs, mostMs }) => leastMs <= mostMs, { error: "least is above most" })
      .refine(({ mostMs, everyMs }) => mostMs < everyMs, { error: "every has to be longer than most" }),
  ),
  needs: () => ["delay-link"],
  undo: (target, params) => undoInjuries(target, "jitter", drawInjuries(params, drawFrom("undo"))),
  async inject(target, params, signal) {
    const links = linksOf(target, "jitter");
    const draw = drawFrom(`${params.seed}/jitter`);
    const harm: { -readonly [K in keyof Harm]: Harm[K] } = {
      injuries: drawInjuries(params, draw),
      probeMs: probeMsMax,
      ...lateness(() => waysOf(params.direction).length * params.leastMs),
    };
    const active = await injureLinks(links, harm, signal);
    return changing(active, params.everyMs, async () => {
      const next = drawInjuries(params, draw);
      await Promise.all(links.map((link) => change(link, next)));
      harm.injuries = next;
    });
  },
};

/** Calls `step` again and again until the fault is healed, never while a probe looks. A step that failed makes the healing fail, after it is done. */
function changing(active: ActiveFault, everyMs: number, step: () => Promise<void>): ActiveFault {
  const over = new AbortController();
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = last.then(work);
    last = mine.catch(() => undefined);
    return mine;
  };
  const steps = (async (): Promise<Error | null> => {
    try {
      for (;;) {
        await sleep(everyMs, undefined, { signal: over.signal });
        await inTurn(step);
      }
    } catch (cause) {
      return over.signal.aborted ? null : new Error("the latency could not be changed", { cause });
    }
  })();
  return {
    probe: (signal) => inTurn(() => active.probe(signal)),
    async [Symbol.asyncDispose]() {
      over.abort();
      const failed = await steps;
      await active[Symbol.asyncDispose]();
      if (failed !== null) throw failed;
    },
  };
}

async function change(link: Link, injuries: readonly LinkInjury[]): Promise<void> {
  const deadline = AbortSignal.timeout(changeTimeoutMs);
  for (const injury of injuries) {
    await link.remove(injury.name, deadline);
    await link.apply(injury, deadline);
  }
}

function drawInjuries({ leastMs, mostMs, direction }: JitterParams, draw: Draw): readonly LinkInjury[] {
  return waysOf(direction).map((way) => ({
    name: `jitter-${way}`,
    kind: "delay",
    way,
    latencyMs: draw.integer(leastMs, mostMs),
  }));
}
