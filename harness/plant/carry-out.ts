import { kinds } from "./kinds.ts";
import type { Job } from "./jobs.ts";
import type { HistoryName, Recorded } from "./model.ts";
import { loadRecorded } from "./recorded.ts";
import { trialOf, type Trial } from "./trial.ts";

const loaded = new Map<HistoryName, Promise<Recorded>>();

/** So many trials in a row without a place, and the history has none. */
const placelessMax = 5;

/** The trials of a job, fewer when the history has no place for the kind. */
export async function tried({ history, kind: name, seed, trials }: Job): Promise<readonly Trial[]> {
  const kind = kinds.find((one) => one.name === name);
  if (kind === undefined) throw new Error(`There is no kind ${name}.`);
  const recorded = loaded.get(history) ?? loadRecorded(history);
  loaded.set(history, recorded);
  const done: Trial[] = [];
  for (let i = 0; i < trials; i += 1) {
    const trial = await trialOf(await recorded, kind, String(BigInt(seed) + BigInt(i)));
    done.push(trial);
    if (i + 1 === placelessMax && done.every(({ came }) => came === "nowhere")) break;
  }
  return done;
}
