import { expect, test } from "vitest";
import { until } from "./deadline.ts";

const never = new Promise<undefined>(() => undefined);
const deadline = { what: "the answer", timeoutMs: 100, remedy: "Ask again.", everyMs: 5 };

test("a look that never comes back does not outlast the deadline", async () => {
  const { signal } = new AbortController();
  await expect(until({ ...deadline, signal }, () => never)).rejects.toMatchObject({ code: "deadline-passed" });
});

test("a look that never comes back does not outlast the signal, whose reason is told", async () => {
  const reason = new Error("enough");
  const controller = new AbortController();
  const waited = until({ ...deadline, timeoutMs: 60_000, signal: controller.signal }, () => never);
  controller.abort(reason);
  await expect(waited).rejects.toBe(reason);
});

test("looks go on until something is seen, and end with the deadline", async () => {
  const { signal } = new AbortController();
  let looks = 0;
  expect(await until({ ...deadline, timeoutMs: 60_000, signal }, () => (++looks === 3 ? looks : undefined))).toBe(3);
  await expect(until({ ...deadline, signal }, () => void looks++)).rejects.toMatchObject({ code: "deadline-passed" });
  const last = looks;
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(looks).toBe(last);
});
