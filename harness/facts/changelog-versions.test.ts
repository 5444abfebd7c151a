import { expect, test } from "vitest";
import { foldBelow, keepVersions, beginVersions } from "./changelog-versions.ts";
import type { DecodedChange, TaskState } from "./state-fold.ts";

const task: TaskState = {
  waiting: [],
  waitingFrom: 0,
  live: new Map(),
  appliedNext: 0,
  fold: new Map(),
  foldedNext: 0,
  lost: null,
};

/** Record `offset` of a changelog over 700 keys: each is written again and again, and removed every third time. */
function change(offset: number): DecodedChange & { readonly key: string; readonly state: string | null } {
  const [key, state] = [`=k${(offset * 7) % 700}`, offset % 3 === 0 ? null : `s${offset}`];
  return { offset, key, state, entry: { kind: "state", key, schema: "1", state } };
}

function told(fold: ReturnType<typeof foldBelow>): readonly (readonly [string, string])[] {
  return [...fold].flatMap(([key, { state }]) => (state === null ? [] : [[key, state] as const])).toSorted(byKey);
}

function byKey([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

test("the fold below a recent offset is what the records below it say, however many came before", () => {
  const versions = beginVersions();
  const naive = new Map<string, string>();
  for (let offset = 0; offset < 60_000; offset += 1) {
    const { key, state } = change(offset);
    if (state === null) naive.delete(key);
    else naive.set(key, state);
    keepVersions(versions, { task, decoded: [change(offset)] });
    if (offset % 9_973 === 0) expect(told(foldBelow(versions, offset + 1))).toEqual([...naive].toSorted(byKey));
  }
  expect(versions.baseNext).toBeGreaterThan(0);
  expect(versions.base.size).toBeLessThanOrEqual(700);
});
