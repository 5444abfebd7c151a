import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { MemberFolder } from "../checkers/identity/processes.ts";

/** The folders in `members/` of a run directory, and in them those of incarnations. */
export function memberFolders(directory: string): readonly MemberFolder[] {
  const members = join(directory, "members");
  return foldersIn(members).flatMap((member) => [
    { member, incarnation: null },
    ...foldersIn(join(members, member))
      .filter((name) => /^\d{1,9}$/.test(name))
      .map((name) => ({ member, incarnation: Number(name) })),
  ]);
}

function foldersIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
      .toSorted();
  } catch {
    return []; // no member was started, or its folder is no folder: the disk copies say what is missing
  }
}
