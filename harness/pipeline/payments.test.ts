import { expect, test } from "vitest";
import { drawFrom } from "../base/random.ts";
import type { InputRecord, WorkloadShape } from "../model/pipeline.ts";
import { payments } from "./payments.ts";
import { specification } from "../../reference-pipeline/specification.ts";
import { fnv1a32 } from "./fnv1a32.ts";

const shape: WorkloadShape = {
  inputs: 24_000,
  partitions: 6,
  keys: 500,
  duplicatesPercent: 4,
  outOfOrderPercent: 10,
  latePercent: 2,
  hotKeysPercent: 20,
};
const generated = (over: Partial<WorkloadShape> = {}): readonly InputRecord[] => [
  ...payments("payments").records(drawFrom("7"), { ...shape, ...over }),
];
const records = generated();

test("FNV-1a gives the values of its authors' test vectors", () => {
  expect([fnv1a32(""), fnv1a32("a"), fnv1a32("foobar")]).toEqual([0x811c9dc5, 0xe40c292c, 0xbf9cf968]);
});

test("the same draw gives the same records, another gives others", () => {
  expect(generated()).toEqual(records);
  expect([...payments("payments").records(drawFrom("8"), shape)]).not.toEqual(records);
});

test("a record lies on its key's partition and every partition has records", () => {
  expect(records.every(({ key, partition }) => partition === fnv1a32(key) % 6)).toBe(true);
  expect(new Set(records.map(({ partition }) => partition)).size).toBe(6);
});

test("the shape is kept: inputs, keys, hot keys, duplicates", () => {
  const ids = records.map(({ value }) => /"id":"(p-\d+)"/.exec(value)?.[1] ?? "none");
  const share = (count: number): number => (100 * count) / records.length;
  const hot = share(records.filter(({ key }) => ["a-1", "a-2", "a-3", "a-4", "a-5"].includes(key)).length);
  expect(records.length).toBe(24_000);
  expect(new Set(records.map(({ key }) => key)).size).toBe(500);
  expect(hot).toBeGreaterThan(19);
  expect(hot).toBeLessThan(24);
  expect(share(records.length - new Set(ids).size)).toBeGreaterThan(3.5);
  expect(share(records.length - new Set(ids).size)).toBeLessThan(4.5);
});

test("the specification meets every case: accepted, duplicate, expired, counted again, late, closed, poison", () => {
  const seen = new Map<string, number>();
  const see = (what: string): void => void seen.set(what, (seen.get(what) ?? 0) + 1);
  const velocity = specification.stages.velocity.start(0);
  const settlement = specification.stages.settlement.start(0);
  const utf8 = new TextEncoder();
  const ids = new Set<string>();
  for (const [offset, { value }] of records.entries()) {
    const { outputs } = velocity.step({ partition: 0, offset, key: null, value: utf8.encode(value) });
    const id = /"id":"(p-\d+)"/.exec(value)?.[1];
    const output = outputs[0]?.value("2");
    if (output === undefined) see(id === undefined || !value.includes('"at"') ? "poison" : "refused");
    else {
      see(id !== undefined && ids.has(id) ? "again" : "accepted");
      if (output.endsWith('"high"}')) see("high");
      for (const made of settlement.step({ partition: 0, offset, key: null, value: utf8.encode(output) }).outputs) {
        if (made.value("1").startsWith('{"kind":"late"')) see("late");
        if (made.value("1").startsWith('{"kind":"closed"')) see("closed");
      }
    }
    if (id !== undefined) ids.add(id);
  }
  const least = { accepted: 20_000, refused: 500, again: 20, late: 300, closed: 500, poison: 16, high: 300 };
  expect(Object.entries(least).filter(([what, count]) => (seen.get(what) ?? 0) < count)).toEqual([]);
});

test("without long windows the stream is what it was before there were any", () => {
  expect(generated({ longWindowsPercent: 0 })).toEqual(records);
});

test("windows of the first partition stay open for a quarter of the run, and those of the others do not", () => {
  const mixed = generated({ longWindowsPercent: 15, latePercent: 0, duplicatesPercent: 0 });
  const spans = new Map<string, { readonly partition: number; readonly first: number; last: number }>();
  for (const [i, { value }] of mixed.entries()) {
    const [, merchant, at] = /"merchant":"(m-\d+)".*"at":(\d+)/.exec(value) ?? [];
    if (merchant === undefined) continue; // poison
    const window = `${merchant}@${Math.floor(Number(at) / 10_000)}`;
    const known = spans.get(window);
    if (known === undefined) spans.set(window, { partition: fnv1a32(merchant) % 6, first: i, last: i });
    else known.last = i;
  }
  const longest = (isFirst: boolean): number =>
    Math.max(
      ...[...spans.values()]
        .filter(({ partition }) => (partition === 0) === isFirst)
        .map(({ first, last }) => (last - first) / mixed.length),
    );
  expect([longest(true) > 0.2, longest(false) < 0.1]).toEqual([true, true]);
  expect(mixed.length).toBe(24_000);
});

test("an account pays in one event time only, so that no payment is too old because of another", () => {
  const mixed = generated({ longWindowsPercent: 15 });
  const fold = specification.stages.velocity.start(0);
  const refused = (stream: readonly InputRecord[]): number =>
    stream.filter(({ value }, offset) => {
      const { outputs } = fold.step({ partition: 0, offset, key: null, value: new TextEncoder().encode(value) });
      return outputs.length === 0;
    }).length;
  const share = refused(mixed) / mixed.length;
  expect([share > 0.02, share < 0.06]).toEqual([true, true]);
});

test("a small stream has expired and repeated payments too", () => {
  const fold = specification.stages.velocity.start(0);
  const small = generated({ inputs: 4_000, keys: 100 });
  const effects = small.map(({ value }, offset) =>
    fold.step({ partition: 0, offset, key: null, value: new TextEncoder().encode(value) }),
  );
  expect(effects.filter(({ outputs }) => outputs.length === 0).length).toBeGreaterThan(80);
});
