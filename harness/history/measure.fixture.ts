/**
 * Writes a long history, reads it and audits it, and prints what that took:
 * `npm run measure -- RECORDS [write|read|audit] DIR`, a process each, so that their peaks of memory are their own.
 */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { startAudit } from "../audit/audit.ts";
import { twoStages } from "../audit/hand-written.fixture.ts";
import { startClock } from "../base/clock.ts";
import { longPartitions, writeLongHistory } from "./long-history.fixture.ts";
import { readHistory } from "./reader.ts";
import { openRecorder } from "./recorder.ts";

const [records = "100000", step = "read", directory = ""] = process.argv.slice(2);

if (directory === "") throw new Error("Write: npm run measure -- RECORDS write|read|audit DIR");

const began = performance.now();
const counted = step === "write" ? await write() : step === "audit" ? audit() : read();
const seconds = (performance.now() - began) / 1_000;
const bytes = readdirSync(directory).reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);
const peakMiB = Math.round(process.resourceUsage().maxRSS / 1_024);
const perSecond = Math.round(counted.records / seconds);
console.log(
  JSON.stringify({
    step,
    ...counted,
    seconds: Number(seconds.toFixed(1)),
    perSecond,
    bytesPerRecord: Number((bytes / counted.records).toFixed(1)),
    peakMiB,
  }),
);

async function write(): Promise<{ readonly records: number }> {
  const recorder = await openRecorder(directory, startClock());
  const totals = writeLongHistory(recorder, Number(records));
  await recorder.close();
  return totals;
}

function read(): { readonly records: number; readonly complete: boolean } {
  const history = readHistory(directory);
  let count = 0;
  for (const item of history.items()) if (item.kind === "frame") count += item.batch.count;
  return { records: count, complete: history.end().complete };
}

function audit(): {
  readonly records: number;
  readonly transactions: number;
  readonly atEnd: number;
  readonly gaps: number;
} {
  const history = readHistory(directory);
  const audit = startAudit({ description: twoStages, specification: null, partitions: longPartitions });
  let [count, transactions] = [0, 0];
  for (const item of history.items()) {
    if (item.kind === "frame") count += item.batch.count;
    for (const batch of audit.step(item)) if (batch.kind === "transaction") transactions += 1;
  }
  const last = audit.finish(history.end());
  const atEnd = last.filter(({ kind }) => kind === "transaction").length;
  const end = last.at(-1);
  return { records: count, transactions, atEnd, gaps: end?.kind === "end" ? end.end.gaps.length : -1 };
}
