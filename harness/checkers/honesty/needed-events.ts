import type { EventKind } from "../../model/event.ts";

/**
 * Which invariants need which kind of event. A history that lacks one that is due makes them unknown: nothing is valid by silence.
 * When each is due is told in `needs-*.ts`; of sends in `planned-sends.ts`.
 */
export type Need =
  | { readonly by: readonly string[] }
  /** Its absence can hide nothing, and why. */
  | { readonly irrelevant: string };

/** Every invariant: where logs were not read, what is absent there proves nothing. */
export const everyInvariant = "*";

/** What tells of something bad that happened. The digest and the counts of `run-ended` show one that is gone. */
const badNews: Need = { irrelevant: "bad news; an orderly run has none" };

export const neededEvents: Readonly<Record<EventKind, Need>> = {
  "run-started": { by: ["HZ1"] },
  "run-phase": { by: ["HZ1", "LV1"] },
  "time-zero": { by: ["HZ1"] },
  "faults-over": { by: ["HZ1", "LV1", "LV2"] },
  drained: { by: ["HZ1", "LV1", "LV2"] },
  "drain-failed": badNews,
  interrupted: badNews,
  "clock-stepped": badNews,
  defect: badNews,
  "run-ended": { by: [everyInvariant] },
  "process-started": { by: ["HZ1"] },
  "process-ended": { by: ["HZ1", "CK1", "CK2"] },
  "send-invoked": { by: ["HZ1"] },
  "send-ok": { by: ["HZ1"] },
  "send-fail": { irrelevant: "each send needs an answer; which one is told by the logs" },
  "send-info": { irrelevant: "each send needs an answer; which one is told by the logs" },
  "sends-finished": { by: ["HZ1"] },
  "fault-planned": { by: ["HZ1"] },
  "fault-journalled": { by: ["HZ1"] },
  "fault-applied": { by: ["HZ1"] },
  "fault-probed-active": { by: ["HZ1"] },
  "fault-healed": { by: ["HZ1"] },
  "fault-probed-healed": { by: ["HZ1"] },
  "fault-unfired": badNews,
  "upgrade-step-began": { by: ["HZ1"] },
  "upgrade-phase-began": { by: ["HZ1"] },
  "upgrade-phase-settled": { by: ["HZ1"] },
  "upgrade-step-settled": { by: ["HZ1"] },
  "upgrade-finalise-began": { by: ["HZ1"] },
  "upgrade-finalised": { by: ["HZ1"] },
  "upgrade-stopped": badNews,
  "disk-copied": { by: ["HZ1", "CK1", "CK2"] },
  "disk-copy-failed": badNews,
  "checkpoint-captured": { by: ["HZ1", "CK1", "CK2"] },
  "checkpoint-missed": badNews,
  "checkpoints-watched": { irrelevant: "the verdict names each incarnation of which it is absent" },
  "checkpoints-unwatched": badNews,
  testimony: { by: ["HZ1"] },
  "output-dropped": badNews,
  "gauge-lag": { by: ["HZ1", "LV1"] },
  "gauge-health": { by: ["HZ1"] },
  "gauge-loop-delay": { by: ["HZ1", "LV1"] },
  "gauge-host": { by: ["HZ1", "LV1"] },
  "tail-started": { by: [everyInvariant] },
  "tail-gap": badNews,
  "tail-compacted": badNews,
  "tail-failed": badNews,
  "offset-fetched": { by: ["HZ1", "TX2"] },
  "tail-settled": { by: [everyInvariant] },
};
