import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { MemberId } from "../../model/brand.ts";

/** A slot's files below the run directory: the disk is the slot's, the log is one incarnation's. */
export interface MemberFolder {
  readonly folder: string;
  readonly dataDirectory: string;
  readonly log: string;
}

/** Where a slot's data directory is, over all its incarnations. */
export function memberData(runDirectory: string, slot: MemberId): string {
  return join(runDirectory, "members", slot, "data");
}

/** Makes the folders of the incarnation that comes; a fresh disk is an empty one. */
export async function prepareMember(
  runDirectory: string,
  next: { readonly slot: MemberId; readonly incarnation: number; readonly disk: "keep" | "fresh" },
): Promise<MemberFolder> {
  const folder = join(runDirectory, "members", next.slot);
  const dataDirectory = memberData(runDirectory, next.slot);
  const own = join(folder, String(next.incarnation));
  if (next.disk === "fresh") await rm(dataDirectory, { recursive: true, force: true });
  for (const path of [dataDirectory, own]) await mkdir(path, { recursive: true });
  return { folder, dataDirectory, log: join(own, "log") };
}
