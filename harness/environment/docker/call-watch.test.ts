import { expect, test } from "vitest";
import { endHangingCalls } from "./call-watch.ts";

const patience = { everyMs: 20, answerMs: 100, silentMax: 3, callMsMax: 1_000 };

/** Carries calls to what answers those that `answers` lets it, and never a wait; gives what asks it. */
function watchedDaemon(answers: (path: string) => boolean): (path: string) => Promise<unknown> {
  const modem: Parameters<typeof endHangingCalls>[0] = {
    dial({ path, abortSignal }, callback) {
      if (answers(path) && !path.endsWith("/wait")) setImmediate(() => callback?.(null, { path }));
      else abortSignal?.addEventListener("abort", () => callback?.(new Error("aborted"), null));
    },
  };
  endHangingCalls(modem, patience);
  return (path) =>
    new Promise((resolve, reject) => {
      modem.dial({ path, method: "GET" }, (error, result) => (error === null ? resolve(result) : reject(error)));
    });
}

const hangs = {
  code: "environment-unavailable",
  message: expect.stringContaining("it takes calls and does not answer them"),
};

test("a wait for a container's end lasts as long as the daemon answers, and no longer", async () => {
  let isAwake = true;
  const ask = watchedDaemon(() => isAwake);
  const ended = ask("/containers/one/wait");
  const first = await Promise.race([
    ended.then(() => "ended"),
    new Promise((resolve) => setTimeout(() => resolve("waits"), patience.callMsMax + 200)),
  ]);
  expect(first).toBe("waits");
  isAwake = false;
  await expect(ended).rejects.toMatchObject(hangs);
});

test("of a daemon that hangs nothing more is awaited for long, and of one that is back again all is had", async () => {
  let isAwake = false;
  const ask = watchedDaemon(() => isAwake);
  await expect(ask("/info")).rejects.toMatchObject(hangs);
  const began = performance.now();
  await expect(ask("/info")).rejects.toMatchObject(hangs);
  expect(performance.now() - began).toBeLessThan(2.5 * patience.answerMs);
  isAwake = true;
  expect(await ask("/info")).toEqual({ path: "/info" });
});

test("a call that is never answered while others are ends, too", async () => {
  const ask = watchedDaemon((path) => path === "/_ping");
  await expect(ask("/info")).rejects.toMatchObject({
    code: "environment-unavailable",
    message: expect.stringContaining("GET /info has no answer after 1000 ms"),
  });
});
