import { expect, test } from "vitest";
import type { HistoryItem } from "../model/history.ts";
import { withOutcome } from "../checkers/findings.fixture.ts";
import { judged, toyHistory, type PlannedTransaction } from "./toy-history.fixture.ts";

const commits: PlannedTransaction = { take: 2, aborts: false, markers: 1, opens: false, lists: false };
const aborts: PlannedTransaction = { ...commits, aborts: true };

/** One task: three commits, an abort in the middle. */
const run = (raises: boolean, middle: PlannedTransaction = aborts): readonly HistoryItem[] =>
  toyHistory({ raises, tasks: [[commits, commits, middle, commits]], choices: [] });

type Frame = Extract<HistoryItem, { readonly kind: "frame" }>;
const isMarker = (item: HistoryItem): item is Frame => item.kind === "frame" && item.batch.control;

/** A marker's type and a state record's status are a byte each. */
function changed(item: Frame, at: "key" | "value", change: (bytes: Uint8Array) => void): Frame {
  const { batch } = item;
  const bytes = batch.bytes.slice();
  const cuts = at === "key" ? batch.keyAt : batch.valueAt;
  change(bytes.subarray(cuts[0], cuts[1]));
  return { ...item, batch: { ...batch, bytes } };
}
const flipped = (item: Frame): Frame =>
  changed(item, "key", (key) => {
    key[3] = key[3] === 1 ? 0 : 1;
  });

/** Offset of the status in a value of either version: version, producer id, epoch, time-out. */
const statusAt = 2 + 8 + 2 + 4;
/** The n-th record of the state log says another status. */
function withStatus(items: readonly HistoryItem[], n: number, status: number): readonly HistoryItem[] {
  const states = items.filter((item) => item.kind === "frame" && item.batch.topic === "__transaction_state");
  return items.map((item) =>
    item === states[n] && item.kind === "frame"
      ? changed(item, "value", (value) => void (value[statusAt] = status))
      : item,
  );
}

for (const raises of [false, true]) {
  const version = `transaction.version ${raises ? 2 : 0}`;

  test(`an aborted transaction whose markers all say commit is convicted by its prepare record (${version})`, () => {
    const items = run(raises);
    const aborted = items.filter(isMarker).filter(({ batch }) => batch.bytes[3] === 0);
    const findings = judged(items.map((item) => (isMarker(item) && aborted.includes(item) ? flipped(item) : item)));
    expect(findings.get("TX3")?.anomalies).toMatchObject([
      {
        sentence: "The state log and the markers of transaction toy-count-0 do not agree on how it ended.",
        actual: "prepare record: aborted, out-0: commit",
        evidence: ["r:__transaction_state-0@5", "r:out-0@5"],
        more: 0,
      },
    ]);
    expect(findings.get("TX1")?.outcome).toBe("valid");
    // Readers see its outputs, and those of the transaction that did the same work again.
    expect(findings.get("EO1")?.outcome).toBe("invalid");
  });

  test(`a committed transaction whose markers all say abort is convicted, and so is one marker alone (${version})`, () => {
    const items = run(raises, commits);
    const markers = items.filter(isMarker);
    const [third] = [markers.filter(({ batch }) => batch.topic === "out")[4]];
    const all = markers.filter(({ batch }) => batch.producerEpoch === third?.batch.producerEpoch && raises);
    const one = judged(items.map((item) => (item === third && isMarker(item) ? flipped(item) : item)));
    expect([one.get("TX1")?.outcome, one.get("TX3")?.outcome]).toEqual(["invalid", "invalid"]);
    if (!raises) return;
    const every = judged(items.map((item) => (isMarker(item) && all.includes(item) ? flipped(item) : item)));
    expect([every.get("TX1")?.outcome, every.get("TX3")?.outcome]).toEqual(["invalid", "invalid"]);
  });

  test(`prepare-commit and complete-abort are two outcomes, whatever the markers say (${version})`, () => {
    const findings = judged(withStatus(run(raises), 2, 5));
    expect(findings.get("TX3")?.anomalies).toMatchObject([
      {
        actual: "prepare record: committed, complete record: aborted",
        evidence: ["r:__transaction_state-0@1", "r:__transaction_state-0@2"],
      },
    ]);
  });

  test(`a prepare record of the other outcome is convicted by its own complete record and markers (${version})`, () => {
    expect(judged(withStatus(run(raises), 1, 3)).get("TX3")?.outcome).toBe("invalid");
  });

  test(`repeated markers, empty transactions, aborted attempts and new owners convict nobody (${version})`, () => {
    const lawful: readonly PlannedTransaction[] = [
      { ...commits, markers: 3 },
      { ...aborts, markers: 2 },
      { ...commits, take: 0 },
      { ...aborts, opens: true },
      { ...commits, opens: true },
    ];
    const findings = judged(toyHistory({ raises, tasks: [lawful, lawful], choices: [3, 1, 4, 1, 5] }));
    expect(withOutcome(findings, "invalid")).toEqual([]);
    expect([findings.get("TX1")?.outcome, findings.get("TX3")?.outcome]).toEqual(["valid", "valid"]);
  });
}

test("an opening is an InitProducerId, not the epoch that the broker raises with each commit", () => {
  const own = [commits, commits, { ...commits, opens: true }, commits, commits];
  for (const raises of [false, true]) {
    const findings = judged(toyHistory({ raises, tasks: [own], choices: [] }));
    expect([findings.get("OF3"), findings.get("CK4")]).toMatchObject([
      { outcome: "valid", examined: 2 },
      { outcome: "valid", examined: 2 },
    ]);
  }
});
