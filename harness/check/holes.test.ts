import * as fc from "fast-check";
import { expect, test } from "vitest";
import { withOutcome } from "../checkers/findings.fixture.ts";
import { runNanos } from "../model/brand.ts";
import type { HistoryItem } from "../model/history.ts";

import { judged, plannedHistory, toyHistory } from "./toy-history.fixture.ts";

/** A busy machine is no failure. */
const patienceMs = 120_000;

/** Findings that a whole history of this size has to reach. */
const certain = ["EO2", "EO3", "EO4", "OF1", "OF2", "OF3", "CK3", "CK4", "ST1", "TX1", "TX3", "FE1"];

type Frame = Extract<HistoryItem, { readonly kind: "frame" }>;

const framesOf = (items: readonly HistoryItem[]): readonly Frame[] => items.filter((item) => item.kind === "frame");

/** The tail's word that a frame was lost, in the frame's place. */
function gapOf({ batch }: Frame): HistoryItem {
  const { topic, partition, baseOffset, lastOffset, seq } = batch;
  const event = { kind: "tail-gap", topic, partition, from: baseOffset, to: lastOffset + 1 } as const;
  return { kind: "event", event: { ...event, seq, at: runNanos(0) } };
}

test(
  "a correct history is valid or idle, at either transaction version",
  () => {
    fc.assert(
      fc.property(plannedHistory, (planned) => {
        // Of a marker without records behind a repeated one, an epoch that stays the same cannot tell whose it is.
        const all = planned.tasks.flat();
        fc.pre(planned.raises || !all.some(({ lists }) => lists) || all.every(({ markers }) => markers === 1));
        const findings = judged(toyHistory(planned));
        expect(withOutcome(findings, "invalid")).toEqual([]);
        expect(withOutcome(findings, "unknown").filter((id) => certain.includes(id))).toEqual([]);
      }),
      { numRuns: 60 },
    );
  },
  patienceMs,
);

test(
  "a history that lost any frames, with or without a word of the tail, is never convicted when the whole was correct",
  () => {
    fc.assert(
      fc.property(
        plannedHistory,
        fc.array(fc.nat(), { minLength: 1, maxLength: 3 }),
        fc.boolean(),
        (planned, at, told) => {
          const items = toyHistory(planned);
          const frames = framesOf(items);
          const lost = new Set<HistoryItem>(at.flatMap((n) => frames[n % frames.length] ?? []));
          const left = items.flatMap((item) => {
            if (item.kind !== "frame" || !lost.has(item)) return [item];
            return told ? [gapOf(item)] : [];
          });
          const findings = judged(left);
          expect(withOutcome(findings, "invalid")).toEqual([]);
          expect(findings.get("HZ1")?.outcome).toBe("unknown");
        },
      ),
      { numRuns: 120 },
    );
  },
  patienceMs,
);

test(
  "a log's file that is cut anywhere is unknown with its file and byte, whichever log it is",
  () => {
    fc.assert(
      fc.property(plannedHistory, fc.nat(), (planned, at) => {
        const items = toyHistory(planned);
        const frames = framesOf(items);
        const first = frames[at % frames.length];
        if (first === undefined) return;
        const { topic, partition, baseOffset, seq } = first.batch;
        const left = items.filter(
          (item) =>
            item.kind === "event" ||
            item.batch.topic !== topic ||
            item.batch.partition !== partition ||
            item.batch.seq < seq,
        );
        const lost = { topic, partition, from: baseOffset, to: null };
        const problem = { file: `${topic}-${partition}.log`, byte: 70, what: "A block is bad.", lost };
        const findings = judged(left, { problems: [problem] });
        expect(withOutcome(findings, "invalid")).toEqual([]);
        expect(findings.get("HZ1")?.why).toContain(`history file ${topic}-${partition}.log, byte 70: A block is bad.`);
      }),
      { numRuns: 80 },
    );
  },
  patienceMs,
);
