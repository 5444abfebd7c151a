import { join } from "node:path";
import { fileRefused, readOwn, sortAt } from "../base/own-files.ts";
import { RollproofError } from "../base/errors.ts";
import type { RunLayout } from "../run/layout.ts";

/** A judged run of millions of anomalies would still be smaller. */
const textBytesMax = 512 * 1024 * 1024;

/**
 * The text of a file of a run directory. Throws `file-missing` where it is not there, and `file-refused` for a link, a FIFO or
 * anything else that is no regular file.
 */
export function readRunText(directory: string, name: string, options: { readonly remedy: string }): string {
  const read = readOwn(directory, name, textBytesMax);
  if (!("refused" in read)) return Buffer.from(read).toString("utf8");
  const path = join(directory, name);
  if (read.missing) throw new RollproofError("file-missing", `${path} cannot be read: it ${read.refused}.`, options);
  throw fileRefused(path, `cannot be read: it ${read.refused}`);
}

/** A history, whatever it is, or what was judged of one that is gone: not a folder that was named by mistake. */
export function holdsRun(layout: RunLayout): boolean {
  return [layout.history, layout.verdict, layout.summary].some((path) => sortAt(path) !== null);
}
