import * as fc from "fast-check";
import { expect, test } from "vitest";
import { withOutcome } from "../checkers/findings.fixture.ts";
import type { HistoryItem } from "../model/history.ts";
import { offset, runNanos, seq } from "../model/brand.ts";
import { description, judged, plannedHistory, toyHistory, type PlannedTransaction } from "./toy-history.fixture.ts";

/** A busy machine is no failure. */
const patienceMs = 120_000;

type Frame = Extract<HistoryItem, { readonly kind: "frame" }>;

const framesOf = (items: readonly HistoryItem[], topic: string): readonly Frame[] =>
  items.filter((item) => item.kind === "frame").filter(({ batch }) => batch.topic === topic);
const markersOf = (items: readonly HistoryItem[], topic: string): readonly Frame[] =>
  framesOf(items, topic).filter(({ batch }) => batch.control);

/** The history of brokers that never wrote the frame: its log is dense, and the tail names no hole. */
function withoutFrame(items: readonly HistoryItem[], lost: Frame | undefined): readonly HistoryItem[] {
  if (lost === undefined) return items;
  const { topic, partition, count, seq } = lost.batch;
  return items.flatMap((item): readonly HistoryItem[] => {
    if (item === lost) return [];
    if (item.kind === "event") {
      const { event } = item;
      if (event.kind !== "tail-settled" || event.topic !== topic || event.partition !== partition) return [item];
      const [position, logEnd] = [event.position - count, event.logEnd - count];
      return [{ kind: "event", event: { ...event, position, logEnd, lastStableOffset: logEnd } }];
    }
    const { batch } = item;
    if (batch.topic !== topic || batch.partition !== partition || batch.seq < seq) return [item];
    const moved = {
      baseOffset: offset(batch.baseOffset - count),
      lastOffset: offset(batch.lastOffset - count),
      highWatermark: offset(batch.highWatermark - count),
      lastStableOffset: offset(batch.lastStableOffset - count),
      offsets: batch.offsets.map((at) => at - count),
    };
    return [{ kind: "frame", batch: { ...batch, ...moved } }];
  });
}

/** Where a marker is of the other transactions, or of two at once, they are not told apart: TX1 and TX3 may say so. */
const mayConvict = ["TX1", "TX3"];
const falselyConvicted = (
  items: readonly HistoryItem[],
  options: Parameters<typeof judged>[1] = {},
): readonly string[] => withOutcome(judged(items, options), "invalid").filter((id) => !mayConvict.includes(id));

const commits: PlannedTransaction = { take: 2, aborts: false, markers: 1, opens: false, lists: false };
const run = (raises: boolean): readonly HistoryItem[] =>
  toyHistory({ raises, tasks: [[commits, commits, commits, commits, commits]], choices: [] });

for (const raises of [false, true]) {
  const version = `transaction.version ${raises ? 2 : 0}`;

  for (const topic of ["out", "counts", "__consumer_offsets"])
    test(`a marker in ${topic} that was never written shifts no later transaction into an accusation (${version})`, () => {
      const items = run(raises);
      for (const marker of markersOf(items, topic).slice(0, -1)) {
        const left = withoutFrame(items, marker);
        expect(falselyConvicted(left)).toEqual([]);
        expect(judged(left).get("HZ1")?.outcome).toBe("unknown");
      }
    });

  test(`records of two epochs under one marker convict by TX3, and by nothing else (${version})`, () => {
    const items = run(raises);
    const [, second] = markersOf(items, "counts");
    const expected = raises ? ["TX3"] : [];
    expect(withOutcome(judged(withoutFrame(items, second)), "invalid")).toEqual(expected);
  });

  test(`a prepare record that was never written is an evidence gap, whichever one it is (${version})`, () => {
    const items = run(raises);
    // Behind the first record, which opens the id, prepare and complete records take turns.
    const prepares = framesOf(items, "__transaction_state").filter((_, n) => n % 2 === 1);
    expect(prepares).toHaveLength(5);
    for (const prepare of prepares) {
      const findings = judged(withoutFrame(items, prepare));
      expect(withOutcome(findings, "invalid")).toEqual([]);
      expect(findings.get("HZ1")?.outcome).toBe("unknown");
    }
  });

  test(`a listed partition with neither record nor marker is an evidence gap (${version})`, () => {
    const lists = { ...commits, take: 1, lists: true };
    const items = toyHistory({ raises, tasks: [[commits, lists, commits, commits]], choices: [] });
    // The second transaction takes one record, so one of its two markers in the sink closes nothing.
    const bare = markersOf(items, "out").slice(2, 4);
    for (const marker of bare) expect(falselyConvicted(withoutFrame(items, marker))).toEqual([]);
    expect(bare.some((marker) => judged(withoutFrame(items, marker)).get("HZ1")?.outcome === "unknown")).toBe(true);
  });
}

const started: HistoryItem = {
  kind: "event",
  event: {
    kind: "process-started",
    process: "member-1",
    incarnation: 1,
    version: "1",
    pid: 1,
    sha256: "0",
    seq: seq(0),
    at: runNanos(0),
  },
};

/** The same history by a pipeline that writes no headers. */
const silenced = (items: readonly HistoryItem[]): readonly HistoryItem[] => [
  started,
  ...items.map((item): HistoryItem => {
    if (item.kind === "event") return item;
    const headersAt = item.batch.headersAt.map((_, i) => -(i % 2));
    return { kind: "frame", batch: { ...item.batch, headersAt } };
  }),
];
const silent = { context: { description: { ...description, speaks: false } } };

for (const raises of [false, true])
  test(`of a pipeline that writes no headers nothing that was never written convicts (transaction.version ${raises ? 2 : 0})`, () => {
    const items = silenced(run(raises));
    const whole = judged(items, silent);
    expect(withOutcome(whole, "invalid")).toEqual([]);
    expect([whole.get("EO1"), whole.get("OR1"), whole.get("CK3")]).toMatchObject([
      { outcome: "valid", examined: 10 },
      { outcome: "valid", examined: 10 },
      { outcome: "valid" },
    ]);
    const topics = ["out", "counts", "__consumer_offsets"];
    const lost = [...topics.flatMap((topic) => markersOf(items, topic)), ...framesOf(items, "__transaction_state")];
    for (const frame of lost) {
      expect(falselyConvicted(withoutFrame(items, frame), silent)).toEqual([]);
    }
  });

test(
  "no marker or state record that was never written, in any correct history, convicts anything but an outcome",
  () => {
    fc.assert(
      fc.property(plannedHistory, fc.nat(), fc.boolean(), fc.boolean(), (planned, at, isMarker, speaks) => {
        // A repeated marker stands in for one that is missing: by order the two cannot be told apart.
        fc.pre(planned.tasks.flat().every(({ markers }) => markers === 1));
        // An abort marker right behind a lost one takes the committed records away: that is a loss indeed.
        const tasks = isMarker
          ? planned.tasks.map((own) => own.map((one) => ({ ...one, aborts: false })))
          : planned.tasks;
        const written = toyHistory({ ...planned, tasks });
        const items = speaks ? written : silenced(written);
        const all = items
          .filter((item) => item.kind === "frame")
          .filter(({ batch }) => (isMarker ? batch.control : batch.topic === "__transaction_state"));
        const left = withoutFrame(items, all[at % Math.max(all.length, 1)]);
        expect(falselyConvicted(left, speaks ? {} : silent)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  },
  patienceMs,
);
