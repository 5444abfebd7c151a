import type { Gate } from "./gate.ts";

/**
 * Of the slowest stage. A record's latency ends with the commit of its offset: under exactly-once its outputs can be read from then
 * on, under at-least-once they could be read before.
 */
function latencyGate(name: "output-latency-p50" | "output-latency-p99", percentile: "p50Ms" | "p99Ms"): Gate {
  const share = percentile === "p50Ms" ? "half" : "99 of 100";
  return {
    name,
    says: `of each stage's records of the last 5 s, ${share} were committed within upgrade.slo.${name} of being readable`,
    read({ levels }, { slo, tasks, since }) {
      const bound = slo[name] ?? 0;
      let worst = { stage: "", value: 0 };
      for (const stage of new Set(tasks.map((task) => task.stage))) {
        const sample = levels.latencies.get(stage);
        if (sample === undefined || sample.seq <= since)
          return { value: null, bound, missing: `the latency of ${stage} was not sampled` };
        if (sample[percentile] > worst.value) worst = { stage, value: sample[percentile] };
      }
      const { stage, value } = worst;
      const missing = value <= bound ? null : `${stage} takes ${value} ms for ${share} records, above ${bound} ms`;
      return { value, bound, missing };
    },
  };
}

export const outputLatencyP50 = latencyGate("output-latency-p50", "p50Ms");
export const outputLatencyP99 = latencyGate("output-latency-p99", "p99Ms");
