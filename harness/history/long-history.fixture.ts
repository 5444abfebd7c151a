import { beginHandWritten, status, type Place } from "../audit/hand-written.fixture.ts";
import type { Recorder } from "./recorder.ts";

export const longPartitions = 4;
const perTransaction = 50;

/**
 * Records a lawful history of at least so many records: the stage `one` of `twoStages` copies `in` to `mid`, 50 records a
 * transaction, every tenth of which is aborted and done again. Gives the number of records and of transactions.
 */
export function writeLongHistory(
  { record, recordFrame }: Pick<Recorder, "record" | "recordFrame">,
  records: number,
): { readonly records: number; readonly transactions: number } {
  const written = beginHandWritten();
  const totals = { records: 0, transactions: 0 };
  const next = Array.from({ length: longPartitions }, () => 0);

  function take(): void {
    for (const item of written.take())
      if (item.kind === "frame") {
        recordFrame(item.batch);
        totals.records += item.batch.count;
      }
  }
  function transaction(partition: number, outcome: "commit" | "abort"): void {
    const first = next[partition] ?? 0;
    const [id, by, out]: [string, { pid: number; epoch: number }, Place] = [
      `one-${partition}`,
      { pid: 1 + partition, epoch: 0 },
      `mid-${partition}`,
    ];
    const places: readonly Place[] = [out, "__consumer_offsets-0"];
    written.state(id, by, status.ongoing, places);
    written.data(
      out,
      Array.from({ length: perTransaction }, (_, i) => answer(partition, first + i)),
      by,
    );
    written.commit({ group: "g-one", topic: "in", partition }, first + perTransaction, by);
    const commits = outcome === "commit";
    written.state(id, by, commits ? status.prepareCommit : status.prepareAbort, places);
    for (const place of places) written.marker(place, by, outcome);
    written.state(id, by, commits ? status.completeCommit : status.completeAbort);
    totals.transactions += 1;
    if (commits) next[partition] = first + perTransaction;
  }

  for (let partition = 0; partition < longPartitions; partition += 1)
    written.state(`one-${partition}`, { pid: 1 + partition, epoch: 0 }, status.empty);
  while (totals.records < records) {
    const partition = totals.transactions % longPartitions;
    const first = next[partition] ?? 0;
    written.data(
      `in-${partition}`,
      Array.from({ length: perTransaction }, (_, i) => input(partition, first + i)),
    );
    record({ kind: "gauge-lag", stage: "one", partition, committedNext: first, lag: perTransaction });
    if (totals.transactions % 10 === 9) transaction(partition, "abort");
    transaction(partition, "commit");
    take();
  }
  return totals;
}

function input(partition: number, offset: number): { readonly key: string; readonly value: string } {
  const account = (offset * 7919 + partition) % 1_000;
  return { key: `account-${account}`, value: JSON.stringify({ account, amount: (offset * 104_729) % 99_991, offset }) };
}

function answer(
  partition: number,
  offset: number,
): ReturnType<typeof input> & { readonly headers: Record<string, string> } {
  const headers = { "rp-source": `in-${partition}@${offset}#0`, "rp-writer": `member-${partition}/1/v1/1` };
  return { ...input(partition, offset), headers };
}
