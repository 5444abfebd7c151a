import * as fc from "fast-check";
import { expect, test } from "vitest";
import { keyText, type EvidenceBatch } from "../model/evidence.ts";
import { beginAudit } from "./audit.ts";
import { beginHandWritten, status, twoStages, type HandWritten, type Place } from "./hand-written.fixture.ts";
import { beginLag } from "./lag.ts";

const places = ["mid-0", "mid-1", "out-0", "log-0"] as const;

/** One transaction of one producer: how many records it writes where, and how it ends. */
interface Planned {
  readonly writes: readonly { readonly place: Place; readonly count: number }[];
  readonly outcome: "commit" | "abort";
  /** How often each marker lies there. */
  readonly markers: number;
  readonly fenced: boolean;
}
const write = fc.record({ place: fc.constantFrom(...places), count: fc.integer({ min: 1, max: 3 }) });
const planned: fc.Arbitrary<Planned> = fc.record({
  writes: fc.uniqueArray(write, { selector: ({ place }) => place, minLength: 1, maxLength: 3 }),
  outcome: fc.constantFrom("commit", "abort"),
  markers: fc.constantFrom(1, 1, 1, 2, 3),
  fenced: fc.boolean(),
});
const producers = fc.array(fc.array(planned, { maxLength: 6 }), { minLength: 1, maxLength: 4 });

/** One producer's steps in order; between the steps of different producers any order is a legal history. */
function steps(written: HandWritten, n: number, all: readonly Planned[]): { acts: (() => void)[]; expected: string[] } {
  const id = `one-${n}`;
  const acts: (() => void)[] = [];
  const expected: string[] = [];
  let epoch = 0;
  for (const [t, { writes, outcome, markers, fenced }] of all.entries()) {
    const by = { pid: 100 + n, epoch };
    const ender = { pid: by.pid, epoch: outcome === "abort" && fenced ? epoch + 1 : epoch };
    const listed = writes.map(({ place }) => place);
    const shares = writes.map(({ place, count }) => {
      const names = Array.from({ length: count }, (_, k) => `${n}.${t}.${k}`);
      for (const key of names) acts.push(() => written.data(place, [{ key }], by));
      return `${place}:${names.join(",")}`;
    });
    const [prepare, complete] =
      outcome === "commit"
        ? [status.prepareCommit, status.completeCommit]
        : [status.prepareAbort, status.completeAbort];
    acts.push(() => written.state(id, ender, prepare, listed));
    for (const place of listed)
      for (let k = 0; k < markers; k += 1) acts.push(() => written.marker(place, ender, outcome));
    acts.push(() => written.state(id, ender, complete));
    if (ender.epoch !== epoch) {
      epoch += 2;
      const next = { pid: by.pid, epoch };
      acts.push(() => written.state(id, next, status.empty));
    }
    expected.push([id, outcome === "commit" ? "committed" : "aborted", ...shares].join(" "));
  }
  return { acts, expected };
}

/** Takes one act of one producer at a time, as the choices say. */
function interleave(lines: readonly (readonly (() => void)[])[], choices: readonly number[]): void {
  const queues = lines.map((line) => [...line]);
  for (let turn = 0; queues.some((queue) => queue.length > 0); turn += 1) {
    const full = queues.filter((queue) => queue.length > 0);
    full[(choices[turn % Math.max(choices.length, 1)] ?? 0) % full.length]?.shift()?.();
  }
}

function audited(written: HandWritten): readonly EvidenceBatch[] {
  written.settle();
  const audit = beginAudit({ description: twoStages, specification: null, partitions: 2 });
  const live = written.items.flatMap((item) => audit.step(item));
  return [...live, ...audit.finish({ complete: true, problems: [] })];
}

function joined(batches: readonly EvidenceBatch[], id: string): readonly string[] {
  return batches.flatMap((batch) => {
    if (batch.kind !== "transaction" || batch.transaction.transactionalId !== id) return [];
    const { transactionalId, outcome, parts } = batch.transaction;
    const shares = parts.map(({ topic, partition, records }) => {
      const keys = Array.from({ length: records.count }, (_, i) => keyText(records, i));
      return `${topic}-${partition}:${keys.join(",")}`;
    });
    // The state log lists partitions by topic.
    return [[transactionalId, outcome, ...shares.toSorted()].join(" ")];
  });
}

test("any interleaving of producers, with repeated markers and fences, is joined exactly and in each id's order", () => {
  fc.assert(
    fc.property(producers, fc.array(fc.nat({ max: 50 }), { maxLength: 80 }), (all, choices) => {
      const written = beginHandWritten();
      const lines = all.map((one, n) => steps(written, n, one));
      interleave(
        lines.map(({ acts }) => acts),
        choices,
      );
      const batches = audited(written);
      for (const [n, { expected }] of lines.entries()) {
        const sorted = expected.map((one) => {
          const [id = "", outcome = "", ...shares] = one.split(" ");
          return [id, outcome, ...shares.toSorted()].join(" ");
        });
        expect(joined(batches, `one-${n}`)).toEqual(sorted);
      }
      const last = batches.at(-1);
      expect(last?.kind === "end" && last.end.gaps).toEqual([]);
    }),
    { numRuns: 100 },
  );
}, 30_000);

test("source batches are the committed records of the partition in offset order, and lag counts the same", () => {
  fc.assert(
    fc.property(producers, fc.array(fc.nat({ max: 50 }), { maxLength: 80 }), (all, choices) => {
      const written = beginHandWritten();
      const lines = all.map((one, n) => steps(written, n, one));
      interleave(
        lines.map(({ acts }) => acts),
        choices,
      );
      const committed = all.flatMap((one) => one.filter(({ outcome }) => outcome === "commit"));
      const count = (place: Place): number =>
        committed.reduce((sum, { writes }) => sum + (writes.find((w) => w.place === place)?.count ?? 0), 0);
      const offsets = [0, 1].map((p) =>
        audited(written).flatMap((batch) =>
          batch.kind === "source" && batch.stage === "two" && batch.partition === p ? [...batch.records.offsets] : [],
        ),
      );
      expect(offsets.map((own) => own.length)).toEqual([count("mid-0"), count("mid-1")]);
      expect(offsets).toEqual(offsets.map((own) => own.toSorted((x, y) => x - y)));
      const lag = beginLag(twoStages, 2);
      for (const item of written.items) if (item.kind === "frame") lag.step(item.batch);
      const two = lag.tasks().filter(({ stage }) => stage === "two");
      expect(two.map((task) => task.lag)).toEqual([count("mid-0"), count("mid-1")]);
      expect(lag.open()).toEqual([]);
    }),
    { numRuns: 60 },
  );
}, 30_000);

test("no history cut off anywhere, and no order of frames, crashes the audit or loses its end", () => {
  fc.assert(
    fc.property(producers, fc.array(fc.nat({ max: 50 })), fc.nat(), fc.nat(), (all, choices, cut, start) => {
      const written = beginHandWritten();
      interleave(
        all.map((one, n) => steps(written, n, one).acts),
        choices,
      );
      const audit = beginAudit({ description: twoStages, specification: null, partitions: 2 });
      const from = start % (written.items.length + 1);
      for (const item of written.items.slice(from, from + (cut % (written.items.length + 1)))) audit.step(item);
      expect(audit.finish({ complete: false, problems: [] }).at(-1)?.kind).toBe("end");
    }),
    { numRuns: 60 },
  );
}, 30_000);
