import type { Capability } from "../../model/environment.ts";

/** What containers can be made to suffer. */
export const capabilities: ReadonlySet<Capability> = new Set<Capability>([
  "hold-link",
  "hold-link-one-way",
  "delay-link",
  "bandwidth-link",
  "slice-link",
  "refuse-link",
  "reset-link",
  "crash-member",
  "stop-member",
  "pause-member",
  "crash-broker",
  "stop-broker",
  "pause-broker",
  "disconnect-member",
  "disconnect-broker",
  "cut-broker",
  "throttle-cpu-member",
  "throttle-cpu-broker",
  "exhaust-memory-member",
  "exhaust-memory-broker",
  "skew-clock-member",
  "points",
]);
