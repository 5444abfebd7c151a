import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { together } from "./together.ts";

const { signal } = new AbortController();

test("parts give their values, each in its place", async () => {
  expect(await together(signal, () => [Promise.resolve(1), Promise.resolve("two")])).toEqual([1, "two"]);
});

test("the first failure is told to the other parts, and thrown when they have ended", async () => {
  const failure = new Error("no port");
  let ended: unknown = null;
  const slow = async (abort: AbortSignal): Promise<void> => {
    await sleep(60_000, undefined, { signal: abort }).catch(() => undefined);
    await sleep(50);
    ended = abort.reason;
  };
  await expect(together(signal, (abort) => [slow(abort), Promise.reject(failure)])).rejects.toBe(failure);
  expect(ended).toBe(failure);
});
