import { join } from "node:path";
import { exitCodes } from "../../base/errors.ts";
import { clean } from "../../environment/clean.ts";
import { root } from "../../run/provenance.ts";
import type { Arguments } from "../arguments.ts";
import type { Words } from "../words.ts";

/** Where run directories go unless told otherwise. */
export const runsDirectory = join(root, ".rollproof", "runs");

/** `clean`: ends and removes what a crash left behind; the evidence of runs stays. */
export async function cleanVerb(args: Arguments, words: Words, interrupted: AbortSignal): Promise<number> {
  const cleaned = await clean(runsDirectory, args.keep, interrupted);
  words.json(cleaned);
  for (const { run, pid, commandLine } of cleaned.killed) words.say(`ended ${pid} of run ${run}: ${commandLine}`);
  for (const { run, containers, volumes, networks } of cleaned.containers) {
    for (const name of containers) words.say(`removed the container ${name} of run ${run}`);
    for (const name of volumes) words.say(`removed the volume ${name} of run ${run}`);
    for (const name of networks) words.say(`removed the network ${name} of run ${run}`);
  }
  for (const path of cleaned.removed) words.say(`removed ${path}`);
  for (const path of cleaned.old) words.say(`removed the old run ${path}`);
  if (cleaned.unreachable !== null)
    words.say(`containers may be left, but Docker cannot be asked: ${cleaned.unreachable}`);
  const { killed, containers, removed, old, unreachable } = cleaned;
  if (killed.length + containers.length + removed.length + old.length === 0 && unreachable === null)
    words.say("nothing was left behind");
  return exitCodes.valid;
}
