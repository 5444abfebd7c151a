import { basename, join, resolve } from "node:path";
import { exitCodes } from "../../base/errors.ts";
import { clean } from "../../environment/clean.ts";
import { outstandingFaults } from "../../faults/journal.ts";
import { runLayout } from "../../run/layout.ts";
import { root } from "../../run/provenance.ts";
import type { Arguments } from "../arguments.ts";
import type { Words } from "../words.ts";

/** Where run directories go unless told otherwise. */
const runsDirectory = join(root, ".rollproof", "runs");

/** Where the run directories of a verb with this --out are. */
export function runsBelow(out: string | null): string {
  return out === null ? runsDirectory : resolve(out);
}

/**
 * Lines of an error of a run with this --out. Remedies name `rollproof clean`, which finds such a run only where it is told
 * of the folder: it is added, quoted for a shell where it has to be.
 */
export function namingOut(lines: readonly string[], out: string | null): readonly string[] {
  if (out === null) return lines;
  const path = resolve(out);
  const word = /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
  return lines.map((line) => line.replaceAll("`rollproof clean`", () => `\`rollproof clean --out ${word}\``));
}

/** `clean`: ends and removes what a crash left behind; the evidence of runs stays. */
export async function cleanVerb(args: Arguments, words: Words, interrupted: AbortSignal): Promise<number> {
  const cleaned = await clean(runsBelow(args.out), args.keep, interrupted);
  const faults = cleaned.cutShort.flatMap((directory) =>
    outstandingFaults(runLayout(directory).journals).map((fault) => ({ run: basename(directory), ...fault })),
  );
  words.json({ ...cleaned, faults });
  for (const { run, pid, commandLine } of cleaned.killed) words.say(`ended ${pid} of run ${run}: ${commandLine}`);
  for (const { run, containers, volumes, networks } of cleaned.containers) {
    for (const name of containers) words.say(`removed the container ${name} of run ${run}`);
    for (const name of volumes) words.say(`removed the volume ${name} of run ${run}`);
    for (const name of networks) words.say(`removed the network ${name} of run ${run}`);
  }
  for (const { run, fault, faultKind, targets } of faults)
    words.say(`run ${run} was cut short with ${fault} in force (${faultKind} of ${targets.join(", ")})`);
  for (const path of cleaned.removed) words.say(`removed ${path}`);
  for (const path of cleaned.old) words.say(`removed the old run ${path}`);
  if (cleaned.unreachable !== null)
    words.say(`containers may be left, but Docker cannot be asked: ${cleaned.unreachable}`);
  for (const { run, why } of cleaned.failed) words.say(`not all of run ${run} could be removed: ${why}`);
  const { killed, containers, failed, removed, old, unreachable } = cleaned;
  if (killed.length + containers.length + failed.length + removed.length + old.length === 0 && unreachable === null)
    words.say("nothing was left behind");
  return failed.length === 0 ? exitCodes.valid : exitCodes.environment;
}
