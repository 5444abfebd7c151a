import type { EvidenceBatch, EvidenceEnd, Transaction } from "../model/evidence.ts";
import { keyText } from "../model/evidence.ts";
import type { Specification } from "../model/pipeline.ts";
import { beginAudit } from "./audit.ts";
import { status, twoStages, type HandWritten, type Place } from "./hand-written.fixture.ts";

const whole = { complete: true, problems: [] };

export function audited(
  written: HandWritten,
  specification: Specification | null = null,
): { batches: readonly EvidenceBatch[]; live: readonly EvidenceBatch[]; end: EvidenceEnd } {
  const audit = beginAudit({ description: twoStages, specification, partitions: 2 });
  const live = written.items.flatMap((item) => audit.step(item));
  const batches = [...live, ...audit.finish(whole)];
  const last = batches.at(-1);
  if (last?.kind !== "end") throw new Error("no end");
  return { batches, live, end: last.end };
}

/** `one-0 committed mid-0:a,b log-0:c`, with `!` after a partition that no marker closed. */
export function told({ transactionalId, outcome, parts }: Transaction): string {
  const shares = parts.map(({ topic, partition, records, marker }) => {
    const keys = Array.from({ length: records.count }, (_, i) => keyText(records, i)).join(",");
    return `${topic}-${partition}${marker === null ? "!" : ""}:${topic.startsWith("__") ? records.count : keys}`;
  });
  return [transactionalId, outcome, ...shares].join(" ");
}

export const transactions = (batches: readonly EvidenceBatch[]): readonly string[] =>
  batches.flatMap((batch) => (batch.kind === "transaction" ? [told(batch.transaction)] : []));
export const keys = (...names: readonly string[]): { key: string }[] => names.map((key) => ({ key }));
export const a = { pid: 1, epoch: 0 };
export const b = { pid: 2, epoch: 0 };

/** Prepare, a marker in each place, complete. */
export function end(
  written: HandWritten,
  id: string,
  by: { pid: number; epoch: number },
  places: readonly Place[],
  outcome: "commit" | "abort" = "commit",
): void {
  const commit = outcome === "commit";
  written.state(id, by, commit ? status.prepareCommit : status.prepareAbort, places);
  for (const place of places) written.marker(place, by, outcome);
  written.state(id, by, commit ? status.completeCommit : status.completeAbort);
}
