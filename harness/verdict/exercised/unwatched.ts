import { sentence } from "../../base/sentence.ts";
import type { HistoryEvent } from "../../model/event.ts";
import type { PipelineDescription } from "../../model/pipeline.ts";

/** Incarnations whose checkpoints were not, or not all, captured when they were published. */
export interface Unwatched {
  /** False where the pipeline has no checkpoints: nobody watches then. */
  readonly isWanted: boolean;
  /** By the reason. */
  readonly said: Map<string, Set<string>>;
  /** Started, and nothing says whether they are watched. */
  readonly silent: Set<string>;
}

export function beginUnwatched({ checkpoint }: PipelineDescription): Unwatched {
  return { isWanted: checkpoint !== null, said: new Map(), silent: new Set() };
}

export function learnUnwatched({ said, silent }: Unwatched, event: HistoryEvent): void {
  switch (event.kind) {
    case "process-started":
      if (event.process.startsWith("member-")) silent.add(`${event.process}/${event.incarnation}`);
      return;
    case "checkpoints-watched":
      silent.delete(`${event.member}/${event.incarnation}`);
      return;
    case "checkpoints-unwatched": {
      const whose = `${event.member}/${event.incarnation}`;
      silent.delete(whose);
      said.set(event.why, (said.get(event.why) ?? new Set()).add(whose));
      return;
    }
    default:
      return;
  }
}

/** For people: what was judged of them all the same. */
export function unwatchedLines({ isWanted, said, silent }: Unwatched): readonly string[] {
  if (!isWanted) return [];
  const all = new Map(said);
  if (silent.size > 0) all.set("nothing says that they were captured when they were published", silent);
  return [...all].map(([why, whose]) =>
    sentence(`Checkpoints of ${[...whose].join(", ")} were judged only as left at process ends: ${why}`),
  );
}
