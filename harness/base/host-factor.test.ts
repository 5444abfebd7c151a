import { expect, test } from "vitest";
import { stretched } from "./host-factor.ts";

test("a stretched time is whole milliseconds, which AbortSignal.timeout takes, and never shorter", () => {
  expect(15_000 * 1.07).not.toBe(16_050); // as binary fractions go
  const times = [stretched(15_000, 1.07), stretched(15_000, 1), stretched(5_000, 2.33)];
  expect(times).toEqual([16_051, 15_000, 11_650]);
  for (const ms of times) expect(AbortSignal.timeout(ms).aborted).toBe(false);
});
