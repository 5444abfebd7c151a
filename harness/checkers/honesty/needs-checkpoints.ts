import { copiedFiles } from "../../model/disk-copy.ts";
import type { CheckerContext } from "../../model/finding.ts";
import type { NeedsOfTheme } from "./needs-of-theme.ts";

/**
 * An incarnation that left a checkpoint on its disk has published it, so something is told of the watch over it: a capture, by it or
 * of the same content before, one that was missed, or that nobody watched.
 */
export function checkpointNeeds({ description }: CheckerContext): NeedsOfTheme {
  const { checkpoint } = description;
  const captured = new Set<string>();
  const told = new Set<string>();
  const silent = new Set<string>();
  return {
    step(event) {
      switch (event.kind) {
        case "checkpoint-captured":
          captured.add(`${event.member} ${event.sha256}`);
          told.add(`${event.member}/${event.incarnation}`);
          break;
        case "checkpoint-missed":
        case "checkpoints-unwatched":
          told.add(`${event.member}/${event.incarnation}`);
          break;
        case "disk-copied": {
          const life = `${event.member}/${event.incarnation}`;
          const files = checkpoint === null || told.has(life) ? [] : (copiedFiles(event) ?? []);
          if (
            files.some(({ name, sha256 }) => checkpoint?.(name) != null && !captured.has(`${event.member} ${sha256}`))
          )
            silent.add(life);
          break;
        }
        default:
          break;
      }
    },
    missing: () => [...silent].map((of) => ({ kind: "checkpoint-captured", of })),
  };
}
