import type { Gate } from "./gate.ts";

/** Samples from before the wait say nothing: they are of the members' lives before. */
export const backlogGrowth: Gate = {
  name: "backlog-growth",
  says: "for 2 s the backlog of all tasks together has not grown by more than upgrade.slo.backlog-growth records a second",
  read({ levels }, { slo, since }) {
    const bound = slo["backlog-growth"] ?? 0;
    const samples = levels.backlog.filter(({ seq }) => seq > since);
    const [first, last] = [samples[0], samples.at(-1)];
    const seconds = first === undefined || last === undefined ? 0 : (last.at - first.at) / 1e9;
    if (first === undefined || last === undefined || seconds < leastSeconds)
      return { value: null, bound, missing: `the backlog was not sampled for ${leastSeconds} s yet` };
    const value = Math.round((last.records - first.records) / seconds);
    const missing = value <= bound ? null : `the backlog grows by ${value} records a second, above ${bound}`;
    return { value, bound, missing };
  },
};

const leastSeconds = 2;
