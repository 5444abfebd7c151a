import type { GateName } from "../../model/program.ts";
import { anomalies } from "./anomalies.ts";
import { available } from "./available.ts";
import { backlogGrowth } from "./backlog-growth.ts";
import { canary } from "./canary.ts";
import { checkpointAge } from "./checkpoint-age.ts";
import { checkpointLag } from "./checkpoint-lag.ts";
import { diskFree } from "./disk-free.ts";
import { errors } from "./errors.ts";
import { flag } from "./flag.ts";
import type { Gate } from "./gate.ts";
import { held } from "./held.ts";
import { inFlight } from "./in-flight.ts";
import { lag } from "./lag.ts";
import { outputLatencyP50, outputLatencyP99 } from "./output-latency.ts";
import { owners } from "./owners.ts";
import { quorum } from "./quorum.ts";
import { rebalances } from "./rebalances.ts";
import { restarts } from "./restarts.ts";
import { running } from "./running.ts";
import { underReplicated } from "./under-replicated.ts";
import { up } from "./up.ts";

/** Every gate by its name. */
export const gates: Readonly<Record<GateName, Gate>> = {
  anomalies,
  available,
  canary,
  "checkpoint-lag": checkpointLag,
  "disk-free": diskFree,
  flag,
  held,
  lag,
  owners,
  quorum,
  running,
  up,
  "backlog-growth": backlogGrowth,
  "checkpoint-age": checkpointAge,
  errors,
  "in-flight": inFlight,
  "output-latency-p50": outputLatencyP50,
  "output-latency-p99": outputLatencyP99,
  rebalances,
  restarts,
  "under-replicated": underReplicated,
};
