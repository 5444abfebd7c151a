import { expect, test } from "vitest";
import type { EventBody } from "../../model/event.ts";
import { findingOf } from "../findings.fixture.ts";
import { World } from "../hand-written.fixture.ts";
import { toyPlan } from "../toy-pipeline.fixture.ts";

const plan = { ...toyPlan(), sends: [{ stream: "toy", count: 4, sha256: "" }] };

/** HZ1's reason when the history of four planned inputs has these events. */
function reason(...bodies: readonly EventBody[]): string | null {
  const world = new World();
  for (const body of bodies) {
    const invoked = world.event(body);
    if (body.kind === "send-invoked") world.event({ kind: "send-info", invoked, why: "timed out" });
  }
  return findingOf("HZ1", world.finish(), { plan }).why;
}

function sent(indexes: readonly (readonly [number, number])[], count?: number): EventBody {
  const numbered = indexes.reduce((sum, [first, last]) => sum + last - first + 1, 0);
  return { kind: "send-invoked", stream: "toy", topic: "in", partition: 0, indexes, count: count ?? numbered };
}
const finished: EventBody = { kind: "sends-finished", records: 4 };

test("HZ1 is valid when each planned input was sent once", () => {
  expect(reason(sent([[0, 1]]), sent([[2, 3]]), finished)).toBe(null);
});

test.each<[string, readonly EventBody[], string]>([
  [
    "too few inputs sent",
    [sent([[0, 0]]), { ...finished, records: 1 }],
    "Only 1 of 4 planned inputs of toy were sent: run the plan again.",
  ],
  ["no input sent", [], "Only 0 of 4 planned inputs of toy were sent: run the plan again."],
  ["an input sent twice", [sent([[0, 3]]), sent([[2, 2]]), finished], "1 planned records of toy were sent twice"],
  ["inputs beyond the plan", [sent([[0, 5]]), finished], "2 records sent to toy are none of the 4 planned"],
  ["more records than numbers", [sent([[0, 3]], 6), finished], "2 records sent to toy are none of the 4 planned"],
  ["no word that all were sent", [sent([[0, 3]])], "The history does not say that all inputs were sent"],
  ["another count in that word", [sent([[0, 3]]), { ...finished, records: 3 }], "The history counts 3 inputs sent"],
])("HZ1 is unknown with %s", (_, events, words) => {
  expect(reason(...events)).toContain(words);
});

test("an early end explains inputs that were not sent, and is said once", () => {
  const interrupted: EventBody = { kind: "interrupted", why: "SIGINT" };
  expect(reason(sent([[0, 0]]), interrupted)).toBe("The run ended early (SIGINT): mend that, or let it end.");
});
