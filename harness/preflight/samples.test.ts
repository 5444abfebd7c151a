import { expect, test } from "vitest";
import { trials, type Sample, type SampleAnswer, type Shown } from "./samples.ts";
import type { Declared } from "./standing.ts";
import { use } from "./toy-formats.fixture.ts";

const declared: Declared = {
  v1: { state: use("1", "1 2") },
  v2: { state: use("2", "1 2"), output: use("1 → 2", "1 2") },
};
const sample = (more: Partial<Sample> = {}): Sample => ({
  kind: "state",
  format: "1",
  finalised: false,
  name: "a-1",
  says: "three",
  ...more,
});
const old = sample();
const next = sample({ format: "2", name: "a-2" });
const honest = (_: string, { says }: Sample): SampleAnswer => ({ says });

function tried({
  samples = { v1: [old], v2: [next] },
  answer = honest,
  isMixed = true,
  of = declared,
}: Partial<Shown<Sample>> & { readonly isMixed?: boolean; readonly of?: Declared } = {}) {
  const roll = { to: "v2", isMixed, flag: null };
  return trials(of, { from: "v1", roll, shown: { samples, answer } }).map(
    ({ writer, reader, read, refuted }) => [`${writer}→${reader}`, read, refuted] as const,
  );
}

test("each version reads its own samples and the other's", () => {
  expect(tried()).toEqual([
    ["v1→v1", 1, null],
    ["v1→v2", 1, null],
    ["v2→v1", 1, null],
    ["v2→v2", 1, null],
  ]);
});

test("an old version that never meets what the new one writes is not asked about it", () => {
  expect(tried({ isMixed: false }).map(([pair]) => pair)).toEqual(["v1→v1", "v1→v2", "v2→v2"]);
});

test("what is written after finalise only the new version has to read", () => {
  const of = { v1: { state: use("1", "1") }, v2: { state: use("1 → 2", "1 2") } };
  const later = sample({ format: "2", finalised: true });
  const answer = (reader: string, one: Sample): SampleAnswer =>
    reader === "v1" && one.finalised ? { refuses: "format 2" } : { says: one.says };
  expect(tried({ of, answer, samples: { v1: [old], v2: [old, later] } }).at(-1)).toEqual(["v2→v2", 2, null]);
  expect(tried({ of, answer, samples: { v1: [old], v2: [old, later] } }).every(([, , why]) => why === null)).toBe(true);
});

test.each<[string, Partial<Shown<Sample>>, string]>([
  [
    "refuses a sample",
    { answer: (reader, { says }) => (reader === "v2" ? { refuses: "unknown byte" } : { says }) },
    "v2 refused a-1 of v1: unknown byte",
  ],
  [
    "reads another meaning",
    { answer: (reader, { says }) => ({ says: reader === "v2" ? "four" : says }) },
    "v2 read a-1 of v1 as four, and it means three",
  ],
  ["does not answer", { answer: () => undefined }, "v2 did not answer to a-1"],
  [
    "writes what it does not declare",
    { samples: { v1: [sample({ format: "3" })], v2: [next] } },
    "v1 wrote a-1 in format 3 before finalise and declares 1",
  ],
])("a version that %s is refuted, and the first sample says so", (_, shown, why) => {
  expect(tried(shown).find(([pair]) => pair === "v1→v2")).toEqual(["v1→v2", 0, why]);
});

test("a cell without a declaration of both, or without samples, is not tried", () => {
  const outputs = { v1: [sample({ kind: "output" })], v2: [sample({ kind: "output" })] };
  expect(tried({ samples: outputs })).toEqual([["v2→v2", 1, null]]);
  expect(tried({ samples: {} })).toEqual([]);
});
