import type { Capability } from "../../model/environment.ts";

/** What every environment can do: signals to its processes, and toxiproxy between them. */
export const everywhere: readonly Capability[] = [
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
  "points",
];
