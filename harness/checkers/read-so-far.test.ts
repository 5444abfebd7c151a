import { expect, test } from "vitest";
import { beginHandWritten, type HandWritten } from "../audit/hand-written.fixture.ts";
import { absent, present, whole } from "../facts/reliances.ts";
import type { Finding, Reliance } from "../model/finding.ts";
import { beginHoles, learnHoles, spared } from "./gap-rule.ts";
import { beginFacts } from "../facts/facts.ts";
import { toyContext } from "./toy-pipeline.fixture.ts";

const a = { pid: 1, epoch: 0 };
const b = { pid: 2, epoch: 0 };

/** What becomes of an anomaly that rests on this, in the middle of a history of these frames. */
function inMidRun({ items }: Pick<HandWritten, "items">, restsOn: Reliance): Finding["outcome"] {
  const holes = beginHoles();
  const facts = beginFacts(toyContext());
  for (const item of items) if (item.kind === "frame") learnHoles(holes, { kind: "log", batch: item.batch }, facts);
  const anomaly = { invariant: "EO4", sentence: "", expected: "", actual: "", evidence: [], restsOn: [restsOn] };
  const anomalies = [{ ...anomaly, firstBadCommit: null, task: null, seq: null, more: 0 }];
  const finding: Finding = {
    invariant: "EO4",
    name: "",
    outcome: "invalid",
    examined: 1,
    unit: "",
    why: null,
    anomalies,
  };
  return spared(finding, holes).outcome;
}

test("in mid-run a stretch that was read and decided is known, one that reaches further is not", () => {
  const written = beginHandWritten();
  written.data("in-0", [{ key: "x" }, { key: "y" }]);
  written.data("in-0", [{ key: "z" }], a);
  written.data("in-0", [{ key: "w" }], b);
  written.marker("in-0", b, "commit");
  const of = (to: number | null) => inMidRun(written, whole("in", 0, to));
  expect([of(1), of(2), of(3), of(null)]).toEqual(["invalid", "unknown", "unknown", "unknown"]);
  expect(inMidRun(written, absent("in", 1, 0, 0))).toBe("unknown");
  expect(inMidRun(written, present("in", 1, 9))).toBe("invalid");
  written.marker("in-0", a, "abort");
  expect([of(3), of(5), of(6)]).toEqual(["invalid", "invalid", "unknown"]);
});

test("a log whose beginning was not read is not known from there", () => {
  const written = beginHandWritten();
  written.data("in-0", [{ key: "x" }]);
  written.data("in-0", [{ key: "y" }]);
  const late = { items: written.items.slice(1) };
  expect(inMidRun(late, whole("in", 0, 1))).toBe("unknown");
  expect(inMidRun(late, absent("in", 0, 1, 1))).toBe("invalid");
});
