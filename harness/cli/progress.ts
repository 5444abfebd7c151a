import type { HistoryEvent, Subscribe } from "../model/event.ts";
import type { LogBatch, SubscribeFrames } from "../model/log.ts";
import type { PipelineDescription } from "../model/pipeline.ts";
import type { Plan } from "../model/plan.ts";
import { visibleLine } from "../../reports/visible.ts";

/** What a person wants to know while a run goes on: a fold over the event stream and the log frames. */
export interface Progress {
  /** Returns a line worth saying at once (a phase, a step or a fault began or ended), or null. */
  event(event: HistoryEvent): string | null;
  frame(batch: LogBatch): void;
  /** Where the run stands at `now` (nanoseconds of the run's clock): the figures, then what is being done and injured. */
  lines(now: number): readonly [figures: string, doing: string];
}

export function beginProgress({
  plan,
  description,
}: {
  readonly plan: Plan;
  readonly description: PipelineDescription;
}): Progress {
  const { stages } = description;
  const sources = new Set(stages.flatMap((stage) => stage.sources));
  const outputs = new Set(stages.flatMap(({ sinks }) => sinks)).difference(sources);
  const planned = plan.sends.reduce((sum, { count }) => sum + count, 0);
  const invoked = new Map<number, number>();
  const lag = new Map<string, number>();
  const injuries = new Map<string, string>();
  let phase = "boot";
  let act = "";
  let recordsIn = 0;
  let recordsOut = 0;

  return {
    event(event) {
      if (event.kind === "send-invoked") invoked.set(event.seq, event.count);
      else if (event.kind === "send-ok") {
        recordsIn += invoked.get(event.invoked) ?? 0;
        invoked.delete(event.invoked);
      } else if (event.kind === "gauge-lag") lag.set(`${event.stage}-${event.partition}`, event.lag);
      else if (event.kind === "run-phase") phase = event.phase;
      else if (event.kind === "upgrade-act-began") act = event.act;
      else if (event.kind === "upgrade-act-settled") act = "";
      else if (event.kind === "fault-applied")
        injuries.set(event.fault, `${event.faultKind} ${event.targets.join(", ")}`);
      const said = announcement(event, injuries);
      if (event.kind === "fault-healed") injuries.delete(event.fault);
      return said === null ? null : visibleLine(`[${elapsed(event.at)}] ${said}`);
    },
    frame(batch) {
      if (!batch.control && outputs.has(batch.topic)) recordsOut += batch.count;
    },
    lines(now) {
      const waiting = [...lag.values()].reduce((sum, value) => sum + value, 0);
      const figures = [
        `[${elapsed(now)}] ${phase}`,
        `in ${told(recordsIn)} of ${told(planned)}`,
        `out ${told(recordsOut)}`,
        `lag ${told(waiting)}`,
      ];
      const doing = [
        ...(act === "" ? [] : [`upgrading: ${act}`]),
        injuries.size === 0 ? "nothing injured now" : `injured now: ${[...injuries.values()].join("; ")}`,
      ];
      return [visibleLine(figures.join("  ")), visibleLine(doing.join("  "))];
    },
  };
}

function announcement(event: HistoryEvent, injuries: ReadonlyMap<string, string>): string | null {
  switch (event.kind) {
    case "run-started":
      return `environment ${event.environment}; Kafka ${event.kafka}`;
    case "run-phase":
      return `phase ${event.phase}`;
    case "upgrade-act-began":
      return `upgrade: ${event.act}${event.version === null ? "" : ` (${event.version})`}`;
    case "roll-back-began":
      return `upgrade: rolls back from ${event.act}: ${event.why}`;
    case "upgrade-escalated":
      return `upgrade: stays as it is: ${event.members.join(", ")}; the journal ends in ${event.journal}`;
    case "upgrade-act-settled":
      return `upgrade: ${event.act} settled after ${(event.tookMs / 1e3).toFixed(1)} s`;
    case "sources-held":
      return `workload held: ${event.why}`;
    case "sources-released":
      return `workload released after ${(event.heldMs / 1e3).toFixed(1)} s`;
    case "anomaly-seen":
      return `${event.invariant} seen: ${event.sentence}`;
    case "upgrade-stopped":
      return `upgrade stopped: ${event.why}`;
    case "fault-applied":
      return `injured: ${event.faultKind} ${event.targets.join(", ")}`;
    case "fault-healed":
      return `healed: ${injuries.get(event.fault) ?? event.fault}`;
    case "fault-unfired":
      return `unfired: ${event.fault}: ${event.why}`;
    case "interrupted":
      return `interrupted: ${event.why}`;
    default:
      return null;
  }
}

function elapsed(nanos: number): string {
  return `${(nanos / 1e9).toFixed(1)} s`;
}

function told(n: number): string {
  return n.toLocaleString("en-US");
}

/** Redraws of a terminal, and plain lines elsewhere. */
const redrawMs = 250;
const plainMs = 2_000;

/** Where progress is shown. `columns` is null where nothing can be redrawn. */
export interface Screen {
  readonly columns: number | null;
  write(text: string): void;
}

/** Shows the run's progress until disposed. */
export function showProgress(options: {
  readonly progress: Progress;
  readonly subscribe: Subscribe;
  readonly subscribeFrames: SubscribeFrames;
  /** Nanoseconds of the run's clock. */
  readonly now: () => number;
  readonly screen: Screen;
}): Disposable {
  const { progress, screen, now } = options;
  const isRedrawn = screen.columns !== null;
  const events = options.subscribe((event) => {
    const said = progress.event(event);
    if (said !== null && !isRedrawn) screen.write(`${said}\n`);
  });
  const frames = options.subscribeFrames((batch) => progress.frame(batch));
  const timer = setInterval(
    () => screen.write(drawn(progress.lines(now()), screen.columns)),
    isRedrawn ? redrawMs : plainMs,
  );
  timer.unref();
  return {
    [Symbol.dispose]() {
      clearInterval(timer);
      events[Symbol.dispose]();
      frames[Symbol.dispose]();
      if (isRedrawn) screen.write(erased);
    },
  };
}

const clearLine = "\r\u001b[2K";
const up = "\u001b[1A";
const erased = `${clearLine}\n${clearLine}${up}`;

/** On a terminal two lines, cut to its width, with the cursor left on the first; else one plain line. */
export function drawn([figures, doing]: readonly [figures: string, doing: string], columns: number | null): string {
  if (columns === null) return `${figures}  ${doing}\n`;
  const fit = (line: string): string => (line.length < columns ? line : `${line.slice(0, Math.max(0, columns - 2))}…`);
  return `${clearLine}${fit(figures)}\n${clearLine}${fit(doing)}\r${up}`;
}
