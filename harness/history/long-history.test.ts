import { expect, test } from "vitest";
import { beginAudit } from "../audit/audit.ts";
import { twoStages } from "../audit/hand-written.fixture.ts";
import { longPartitions, writeLongHistory } from "./long-history.fixture.ts";
import { clock, Scratch } from "./recorded.fixture.ts";
import { readHistory } from "./reader.ts";
import { openRecorder } from "./recorder.ts";

test("a long history is audited as it streams: no transaction waits for the end, and a record takes 10 bytes", async () => {
  using scratch = new Scratch();
  const recorder = await openRecorder(scratch.history, clock);
  const written = writeLongHistory(recorder, 20_000);
  await recorder.close();
  const history = readHistory(scratch.history);
  const audit = beginAudit({ description: twoStages, specification: null, partitions: longPartitions });
  let transactions = 0;
  for (const item of history.items())
    for (const batch of audit.step(item)) if (batch.kind === "transaction") transactions += 1;
  const last = audit.finish(history.end());
  const end = last.at(-1);
  expect(transactions).toBe(written.transactions);
  expect(last.length).toBe(1);
  expect(end?.kind === "end" ? [end.end.complete, end.end.gaps] : null).toEqual([true, []]);
  expect(scratch.bytes() / written.records).toBeLessThan(10);
});
