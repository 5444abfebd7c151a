import { z } from "zod";
import { patiently, type Patience } from "./patience.ts";
import type { RawLog } from "./raw-log.ts";

const flagSchema = z.object({
  flag: z.string().min(1).max(200),
  state: z.enum(["prepared", "active"]),
  epoch: z.int().min(0),
});

/** Flag → state, as /health shows it. */
export type FlagStates = Readonly<Record<string, "prepared" | "active">>;

export interface FlagOptions {
  readonly raw: RawLog;
  readonly topic: string;
  readonly deadlineMs: number;
  readonly stillWanted: () => void;
  /** Told of each change: flag, state, epoch. */
  readonly onChange: (flag: string, state: string, epoch: number) => void;
}

const followWaitMs = 250;

/**
 * The flags of the pipeline: a compacted one-partition topic that only the upgrade coordinator writes. Read to its end
 * before any task opens, then followed; a task asks for the active ones between transactions.
 */
export class Flags {
  readonly #options: FlagOptions;
  readonly #states = new Map<string, "prepared" | "active">();
  #active: ReadonlySet<string> = new Set();
  #position = 0;

  constructor(options: FlagOptions) {
    this.#options = options;
  }

  get active(): ReadonlySet<string> {
    return this.#active;
  }

  get states(): FlagStates {
    return Object.fromEntries(this.#states);
  }

  async readToEnd(): Promise<void> {
    const { raw, topic } = this.#options;
    const end = await patiently(this.#patience("the end of the flags topic"), () => raw.highWatermark(topic, 0));
    this.#position = await patiently(this.#patience("the start of the flags topic"), () => raw.logStart(topic, 0));
    while (this.#position < end) await this.#readOn();
  }

  /** Follows the topic until Superseded is thrown by `stillWanted`. A link that is cut only delays it. */
  async follow(): Promise<never> {
    for (;;) await this.#readOn();
  }

  async #readOn(): Promise<void> {
    const { raw, topic } = this.#options;
    const { batches } = await patiently(this.#patience("the flags topic"), () =>
      raw.fetch(topic, 0, this.#position, followWaitMs),
    );
    this.#options.stillWanted();
    for (const batch of batches) {
      const next = Number(batch.firstOffset) + batch.lastOffsetDelta + 1;
      if (next <= this.#position) continue;
      this.#position = next;
      for (const record of batch.records) this.#take(record.value);
    }
  }

  /** What is not a flag record is passed over: the topic is not ours to judge. */
  #take(value: Buffer | null): void {
    const parsed = flagSchema.safeParse(parseJson(value?.toString("utf8") ?? "null"));
    if (!parsed.success) return;
    const { flag, state, epoch } = parsed.data;
    this.#states.set(flag, state);
    this.#active = new Set([...this.#states].filter(([, now]) => now === "active").map(([name]) => name));
    this.#options.onChange(flag, state, epoch);
  }

  #patience(what: string): Patience {
    return { what, deadlineMs: this.#options.deadlineMs, stillWanted: this.#options.stillWanted };
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
