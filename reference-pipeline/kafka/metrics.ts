const help = {
  rollproof_records_in_total: "Source records of committed transactions.",
  rollproof_records_out_total: "Sink records of committed transactions.",
  rollproof_transactions_committed_total: "Transactions whose commit was answered ok.",
  rollproof_transactions_aborted_total: "Transactions aborted by the job itself.",
  rollproof_transactions_unknown_total: "Answers that leave a transaction's outcome unknown.",
  rollproof_restores_total: "Opens that read a part of the changelog.",
  rollproof_fences_total: "Answers by which a newer epoch refused this member.",
} as const;

export type Counter = keyof typeof help;

/** Counters per stage, and the longest event-loop delay, as Prometheus text (exposition format 0.0.4). */
export class Metrics {
  readonly #counts = new Map<string, number>();
  #loopDelayMaxMs = 0;

  add(counter: Counter, stage: string, by = 1): void {
    const key = `${counter}{stage="${stage}"}`;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + by);
  }

  sawLoopDelay(maxMs: number): void {
    this.#loopDelayMaxMs = Math.max(this.#loopDelayMaxMs, maxMs);
  }

  text(): string {
    const lines = Object.entries(help).flatMap(([name, words]) => [
      `# HELP ${name} ${words}`,
      `# TYPE ${name} counter`,
      ...[...this.#counts].filter(([key]) => key.startsWith(`${name}{`)).map(([key, value]) => `${key} ${value}`),
    ]);
    return [
      ...lines,
      "# HELP rollproof_event_loop_delay_max_seconds Longest delay of the event loop since the start.",
      "# TYPE rollproof_event_loop_delay_max_seconds gauge",
      `rollproof_event_loop_delay_max_seconds ${this.#loopDelayMaxMs / 1000}`,
      "",
    ].join("\n");
  }
}
