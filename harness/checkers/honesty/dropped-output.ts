import type { HistoryEvent } from "../../model/event.ts";
import type { PipelineDescription } from "../../model/pipeline.ts";

/** What members printed and is not kept. */
export interface DroppedOutput {
  /** Members say on stdout what they do. */
  readonly speaks: boolean;
  /** By incarnation: the latest totals. */
  readonly totals: Map<string, { readonly bytes: number; readonly testimonies: number }>;
}

export function beginDroppedOutput({ speaks }: Pick<PipelineDescription, "speaks">): DroppedOutput {
  return { speaks, totals: new Map() };
}

export function learnDroppedOutput({ totals }: DroppedOutput, event: HistoryEvent): void {
  if (event.kind === "output-dropped") totals.set(`${event.member} (incarnation ${event.incarnation})`, event);
}

/** Where testimony may be missing, a doubt. */
export function droppedOutputReasons(dropped: DroppedOutput): readonly string[] {
  return dropped.speaks ? sentences(dropped, "so its testimony is incomplete") : [];
}

/** Where stdout is no evidence: a log that people may miss something in. */
export function droppedOutputNotes(dropped: DroppedOutput): readonly string[] {
  return dropped.speaks ? [] : sentences(dropped, "so its log is incomplete; no evidence is");
}

function sentences({ totals }: DroppedOutput, meaning: string): readonly string[] {
  return [...totals].map(([life, { bytes, testimonies }]) => {
    const said = testimonies === 0 ? "" : ` and ${testimonies} testimonies`;
    return `${life} flooded its output: ${bytes} bytes${said} were dropped, ${meaning}. Print less: 1 MiB a second, lines of 64 KiB, and 200 testimonies a second are kept.`;
  });
}
