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

/** The levels that an upgrade must keep (upgrade.slo) are judged by its gates. */
const ofSlo: Need = { irrelevant: "a gate that looks for it lets nothing pass while it is not there" };

export const neededEvents: Readonly<Record<EventKind, Need>> = {
  "run-started": { by: ["HZ1"] },
  "run-phase": { by: ["HZ1", "LV1", "LV3"] },
  "time-zero": { by: ["HZ1"] },
  "faults-over": { by: ["HZ1", "LV1", "LV2", "LV3"] },
  drained: { by: ["HZ1", "LV1", "LV2", "LV3"] },
  "drain-failed": badNews,
  interrupted: badNews,
  "clock-stepped": badNews,
  defect: badNews,
  "run-ended": { by: [everyInvariant] },
  "process-started": { by: ["HZ1", "LV3", "ST2", "UP1", "UP2", "UP3"] },
  "process-ended": { by: ["HZ1", "CK1", "CK2", "LV3", "UP2"] },
  "send-invoked": { by: ["HZ1"] },
  "send-ok": { by: ["HZ1"] },
  "send-fail": { irrelevant: "each send needs an answer; which one is told by the logs" },
  "send-info": { irrelevant: "each send needs an answer; which one is told by the logs" },
  "sends-finished": { by: ["HZ1"] },
  "fault-planned": { by: ["HZ1", "LV3"] },
  "fault-journalled": { by: ["HZ1", "LV3", "UP2"] },
  "fault-applied": { by: ["HZ1", "LV3"] },
  "fault-probed-active": { by: ["HZ1"] },
  "fault-healed": { by: ["HZ1"] },
  "fault-probed-healed": { by: ["HZ1", "LV3", "UP2"] },
  "fault-unfired": badNews,
  "coordinator-began": { by: ["HZ1"] },
  "coordinator-ended": { by: ["HZ1"] },
  "upgrade-journalled": { irrelevant: "the acts' own events tell what was done" },
  "upgrade-act-began": { by: ["HZ1", "LV3", "PT1", "UP3", "UP5"] },
  "upgrade-act-settled": { by: ["HZ1", "LV3", "UP3"] },
  "gate-read": { by: ["HZ1"] },
  "sources-held": { irrelevant: "what the workload sent is told by its sends" },
  "sources-released": { irrelevant: "what the workload sent is told by its sends" },
  "anomaly-seen": { irrelevant: "preliminary: the whole history is judged again" },
  "online-checks-ended": { irrelevant: "it tells what the checks cost" },
  "upgrade-stopped": badNews,
  "roll-back-began": {
    irrelevant: "without it acts of the way forward are missing, and those of the way back are none of the plan's",
  },
  "upgrade-escalated": badNews,
  "disk-copied": { by: ["HZ1", "CK1", "CK2"] },
  "disk-copy-failed": badNews,
  "checkpoint-captured": { by: ["HZ1", "CK1", "CK2"] },
  "checkpoint-missed": badNews,
  "checkpoints-watched": { irrelevant: "the verdict names each incarnation of which it is absent" },
  "checkpoints-unwatched": badNews,
  testimony: { by: ["HZ1"] },
  "output-dropped": badNews,
  "gauge-lag": { by: ["HZ1", "LV1", "LV3"] },
  "gauge-health": { by: ["HZ1"] },
  "gauge-loop-delay": { by: ["HZ1", "LV1", "LV3"] },
  "gauge-latency": ofSlo,
  "gauge-generation": ofSlo,
  "gauge-replication": ofSlo,
  "gauge-checked": ofSlo,
  "gauge-disk": ofSlo,
  "gauge-host": { by: ["HZ1", "LV1", "LV3"] },
  "tail-started": { by: [everyInvariant] },
  "tail-gap": badNews,
  "tail-compacted": badNews,
  "log-start-moved": badNews,
  "log-read-again": { irrelevant: "OR2 names each log that changed its leader and was not read again" },
  "tail-failed": badNews,
  "offset-fetched": { by: ["HZ1", "TX2"] },
  "tail-settled": { by: [everyInvariant] },
};
