import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { RollproofError } from "../../base/errors.ts";

/** Folders of a run directory that a cluster writes to; what an earlier start left of brokers and proxy there goes. */
export async function prepareFolders(runDirectory: string): Promise<void> {
  try {
    for (const name of ["brokers", "proxy"]) await rm(join(runDirectory, name), { recursive: true, force: true });
    for (const name of ["journals", "proxy"]) await mkdir(join(runDirectory, name), { recursive: true });
  } catch (cause) {
    throw new RollproofError("environment-unavailable", `The run directory cannot be written: ${String(cause)}`, {
      remedy: "Free disk space there, or give another folder with --out.",
      cause,
    });
  }
}
