import { recordRef, type Records } from "../model/evidence.ts";

/**
 * Suspicions that rest on a cause which the audit chose among several (`Records.twins`): they accuse nobody, and leave a doubt that
 * names the choice.
 */
export interface Guesses {
  readonly named: Set<string>;
  count: number;
}

const namedMax = 3;

export function noGuesses(): Guesses {
  return { named: new Set(), count: 0 };
}

export function addGuess(guesses: Guesses, choice: string): void {
  guesses.count += 1;
  if (guesses.named.size < namedMax) guesses.named.add(choice);
}

export function guessDoubts({ named, count }: Guesses): readonly string[] {
  if (count === 0) return [];
  return [
    `${count} suspected anomalies rest on a cause that is one of several: ${[...named].join("; ")}. Have the pipeline write rp-source headers, or make its input distinct.`,
  ];
}

/** `r:out-0@5 answers r:in-0@1 or r:in-1@0`; null where only one record explains output i. */
export function choiceOf(records: Records, i: number): string | null {
  const twin = twinOf(records, i);
  if (twin === null) return null;
  const source = records.causeTopics[records.causeTopic[i] ?? -1] ?? "?";
  const cause = recordRef(source, records.causePartition[i] ?? -1, records.causeOffset[i] ?? -1);
  return `${recordRef(records.topic, records.partition, records.offsets[i] ?? -1)} answers ${cause} or ${twin}`;
}

/** Whether all explanations of output i are of one source partition. */
export function isPlaced({ twins, causeTopic, causePartition }: Records, i: number): boolean {
  if (twins === null || (twins.offset[i] ?? -1) < 0) return true;
  return twins.topic[i] === causeTopic[i] && twins.partition[i] === causePartition[i];
}

/** Ref of another source record that explains output i as well; null: there is none. */
export function twinOf({ twins, causeTopics }: Records, i: number): string | null {
  const offset = twins?.offset[i] ?? -1;
  if (twins === null || offset < 0) return null;
  return recordRef(causeTopics[twins.topic[i] ?? -1] ?? "?", twins.partition[i] ?? -1, offset);
}
