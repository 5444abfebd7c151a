import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { endHangingCalls } from "./call-watch.ts";

/** So that on a slow machine, too, a daemon that hangs is found before a call has lasted too long. */
const patience = { everyMs: 20, answerMs: 100, silentMax: 3, callMsMax: 60_000 };
const brief = { ...patience, callMsMax: 1_000 };

/** Carries calls to what answers those that `answers` lets it, a stream with one that does not end; gives what asks it. */
function watchedDaemon(
  answers: (path: string) => boolean,
  its = patience,
): (path: string, isStream?: boolean) => Promise<unknown> {
  const modem: Parameters<typeof endHangingCalls>[0] = {
    dial({ path, isStream, abortSignal }, callback) {
      const answer = isStream === true ? new PassThrough() : { path };
      if (answers(path)) setImmediate(() => callback?.(null, answer));
      else abortSignal?.addEventListener("abort", () => callback?.(new Error("aborted"), null));
    },
  };
  endHangingCalls(modem, its);
  return (path, isStream = false) =>
    new Promise((resolve, reject) => {
      modem.dial({ path, method: "GET", isStream }, (error, result) =>
        error === null ? resolve(result) : reject(error),
      );
    });
}

const hangs = {
  code: "environment-unavailable",
  message: expect.stringContaining("it takes calls and does not answer them"),
};

test("a stream lasts as long as the daemon answers, and no longer", async () => {
  let isAwake = true;
  const ask = watchedDaemon(() => isAwake, brief);
  const stream = await ask("/containers/one/wait", true);
  if (!(stream instanceof PassThrough)) throw new TypeError("It is no stream.");
  const ended = text(stream);
  const first = await Promise.race([
    ended.then(() => "ended"),
    new Promise((resolve) => setTimeout(() => resolve("lasts"), brief.callMsMax + 200)),
  ]);
  expect(first).toBe("lasts");
  isAwake = false;
  await expect(ended).rejects.toMatchObject(hangs);
});

test("a stream that nobody reads ends with the daemon, too, and harms nobody", async () => {
  let isAwake = true;
  const stream = await watchedDaemon(() => isAwake)("/containers/one/logs", true);
  if (!(stream instanceof PassThrough)) throw new TypeError("It is no stream.");
  isAwake = false;
  await new Promise((resolve) => stream.once("close", resolve));
  expect(stream.errored).toMatchObject(hangs);
});

test("an answer that breaks off, which nobody tells of, is awaited as long as the daemon answers", async () => {
  let isAwake = true;
  const modem: Parameters<typeof endHangingCalls>[0] = {
    dial: ({ path }, callback) => void (path === "/_ping" && isAwake && setImmediate(() => callback?.(null, {}))),
  };
  endHangingCalls(modem, patience);
  const asked = new Promise((resolve, reject) => {
    modem.dial({ path: "/info" }, (error) => (error === null ? resolve(null) : reject(error)));
  });
  isAwake = false;
  await expect(asked).rejects.toMatchObject(hangs);
});

test("of a daemon that hangs nothing more is awaited for long, and of one that is back again all is had", async () => {
  let isAwake = false;
  let looks = 0;
  const ask = watchedDaemon((path) => {
    if (path === "/_ping") looks += 1;
    return isAwake;
  });
  await expect(ask("/info")).rejects.toMatchObject(hangs);
  expect(looks).toBe(patience.silentMax);
  await expect(ask("/info")).rejects.toMatchObject(hangs);
  expect(looks).toBe(patience.silentMax + 1);
  isAwake = true;
  expect(await ask("/info")).toEqual({ path: "/info" });
});

test("a call that is never answered while others are ends, too", async () => {
  const ask = watchedDaemon((path) => path === "/_ping", brief);
  await expect(ask("/info")).rejects.toMatchObject({
    code: "environment-unavailable",
    message: expect.stringContaining("GET /info has no answer after 1000 ms"),
  });
});
