import { fork } from "node:child_process";
import { join } from "node:path";
import { z } from "zod";
import { RollproofError } from "../../base/errors.ts";

const loadMsMax = 60_000;
const answer = z.union([z.strictObject({ sha256: z.string() }), z.strictObject({ why: z.string() })]);

/**
 * The digest of a specification and of what it imports, found in a process of its own: a run has no use for the specification
 * itself. Throws `specification-invalid`, also for one whose import does not end.
 */
export async function specificationDigest(file: string): Promise<string> {
  const child = fork(join(import.meta.dirname, "digest-process.ts"), [file], {
    execArgv: [],
    stdio: ["ignore", "ignore", "ignore", "ipc"],
    timeout: loadMsMax,
    killSignal: "SIGKILL",
  });
  const said: unknown[] = [];
  child.on("message", (message: unknown) => said.push(message));
  const [code, signal] = await new Promise<readonly [number | null, string | null]>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve([code, signal]));
  });
  const read = answer.safeParse(said[0]).data;
  if (read !== undefined && "sha256" in read) return read.sha256;
  const why = read?.why ?? `Importing ${file} ended its process (${signal ?? code}), or took ${loadMsMax / 1_000} s.`;
  throw new RollproofError("specification-invalid", why, {
    remedy: "Mend the specification: it must import at once and export `specification`.",
  });
}
