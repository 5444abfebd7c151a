import * as fc from "fast-check";
import { expect, test } from "vitest";
import { beginAudit } from "../../audit/audit.ts";
import { plannedHistory, toyHistory, description, specification } from "../../check/toy-history.fixture.ts";
import { beginChecks } from "../../checkers/run.ts";
import { toyContext } from "../../checkers/toy-pipeline.fixture.ts";
import type { Finding } from "../../model/finding.ts";
import type { HistoryItem } from "../../model/history.ts";
import { beginOnlineChecks } from "./online-checks.ts";

/** A busy machine is no failure. */
const patienceMs = 120_000;
const context = toyContext({ description, specification });

/** Everything that is found while the history grows, with how many items there were then. */
function seen(items: readonly HistoryItem[], every = 1): readonly (readonly [at: number, invariant: string])[] {
  const online = beginOnlineChecks(context);
  return items.flatMap((item, i) => {
    online.step(item);
    return (i + 1) % every === 0 ? online.look().map(({ invariant }) => [i + 1, invariant] as const) : [];
  });
}

/** The findings at the end, with a look every so many items; 0: none. */
function final(items: readonly HistoryItem[], every: number): readonly Finding[] {
  const audit = beginAudit({ description, specification, partitions: 2 });
  const checks = beginChecks(context);
  for (const [i, item] of items.entries()) {
    for (const batch of audit.step(item)) checks.step(batch);
    if (every > 0 && i % every === 0) checks.finish();
  }
  for (const batch of audit.finish({ complete: true, problems: [] })) checks.step(batch);
  return checks.finish();
}

test(
  "wherever one looks at a correct history that still grows, nothing is found",
  () => {
    fc.assert(
      fc.property(plannedHistory, (planned) => {
        expect(seen(toyHistory(planned))).toEqual([]);
      }),
      { numRuns: 40 },
    );
  },
  patienceMs,
);

test(
  "looking changes nothing of what the whole history shows",
  () => {
    fc.assert(
      fc.property(plannedHistory, fc.integer({ min: 1, max: 7 }), (planned, every) => {
        const items = toyHistory(planned);
        expect(final(items, every)).toEqual(final(items, 0));
      }),
      { numRuns: 20 },
    );
  },
  patienceMs,
);

/** The value of the first record of the log, changed. */
function changed(items: readonly HistoryItem[], place: string): readonly HistoryItem[] {
  const first = items.find((item) => item.kind === "frame" && `${item.batch.topic}-${item.batch.partition}` === place);
  return items.map((item) => {
    if (item !== first || item.kind !== "frame") return item;
    const bytes = Uint8Array.from(item.batch.bytes);
    const at = item.batch.valueAt[0] ?? 0;
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    return { kind: "frame", batch: { ...item.batch, bytes } };
  });
}

const commit = { take: 2, aborts: false, opens: false, lists: false, markers: 1 };
const planned = { raises: false, tasks: [0, 1].map(() => [1, 2, 3, 4, 5, 6].map(() => commit)), choices: [0, 1] };

test.each([
  ["out-0", "EO4"],
  ["counts-0", "ST1"],
])("a wrong value in %s is seen as %s long before the history ends, and told once", (place, invariant) => {
  const items = changed(toyHistory(planned), place);
  const found = seen(items).filter(([, id]) => id === invariant);
  expect(found).toHaveLength(1);
  expect(found[0]?.[0]).toBeLessThan(items.length / 2);
  expect(final(items, 0).find((finding) => finding.invariant === invariant)?.outcome).toBe("invalid");
});
