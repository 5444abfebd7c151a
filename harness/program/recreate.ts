import type { Program } from "../model/program.ts";
import type { Upgrading } from "./upgrading.ts";
import { replacement } from "./replacement.ts";

/** Stops every member, then starts every one at the new version, from what their disks and the changelogs hold. */
export function recreate({ members, to: version }: Omit<Upgrading, "flag">): Program {
  return replacement({ members, step: 0, version });
}
