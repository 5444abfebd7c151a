import type { EnvironmentSpec } from "../../../model/environment.ts";
import { brokerFiles } from "../../cluster/broker-files.ts";
import type { Layout } from "../../cluster/layout.ts";
import { memberData } from "../../member/folder.ts";

/** A small disk that is wanted, and whose it is. */
export interface SmallDiskSpec {
  /** `broker-1`, `member-2`. */
  readonly of: string;
  /** Of the data directory, on this machine and in containers. */
  readonly path: string;
  readonly bytes: number;
}

const mebibyte = 1024 * 1024;
/** Several times what the default scenario leaves on each. */
const bytesOf = { broker: 256 * mebibyte, member: 64 * mebibyte } as const;

/** The small disks of a run: one a broker, one a slot, where they are wanted. */
export function smallDiskSpecs(
  { runDirectory, smallDisks = new Set() }: Pick<EnvironmentSpec, "runDirectory" | "smallDisks">,
  { nodes }: Pick<Layout, "nodes">,
): readonly SmallDiskSpec[] {
  const brokers = nodes.map(({ id }) => ({ of: id, path: brokerFiles(runDirectory, id).data, bytes: bytesOf.broker }));
  const slots = nodes[0]?.slots.map(({ slot }) => slot) ?? [];
  const members = slots.map((slot) => ({ of: slot, path: memberData(runDirectory, slot), bytes: bytesOf.member }));
  return [...(smallDisks.has("broker") ? brokers : []), ...(smallDisks.has("member") ? members : [])];
}
