import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** Bytes of the files in a folder whose names begin with `log`. */
export function sizeOf(folder: string): number {
  const names = readdirSync(folder).filter((name) => name.startsWith("log"));
  return names.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}
