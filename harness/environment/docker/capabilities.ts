import type { Capability } from "../../model/environment.ts";
import { everywhere } from "../cluster/capabilities.ts";

/** What containers can be made to suffer. */
export const capabilities: ReadonlySet<Capability> = new Set<Capability>([
  ...everywhere,
  "disconnect-member",
  "disconnect-broker",
  "cut-broker",
  "throttle-cpu-member",
  "throttle-cpu-broker",
  "exhaust-memory-member",
  "exhaust-memory-broker",
  "skew-clock-member",
  "fill-disk-member",
  "fill-disk-broker",
]);
