import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { expect, onTestFinished, test } from "vitest";
import { memberOutput } from "../../output/limits.ts";
import { listenTo } from "./output.ts";

/** A container whose output is asked for so often, and each time comes as given; what is heard of it, and what the log has then. */
async function hear(streams: readonly (() => Readable)[], ends: (asked: number) => boolean) {
  const folder = await mkdtemp(join(tmpdir(), "rollproof-output-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const log = join(folder, "log");
  const over = new AbortController();
  let asked = 0;
  let heard = "";
  let dropped = 0;
  await listenTo({
    container: {
      logs: () => {
        const next = streams[asked++];
        if (ends(asked)) over.abort();
        return next === undefined ? Promise.reject(new Error("no such container")) : Promise.resolve(next());
      },
    },
    log,
    limits: memberOutput,
    dropped: (bytes) => void (dropped = bytes),
    stdout: (text) => void (heard += text),
    over: over.signal,
  });
  return { asked, heard, dropped, log: await readFile(log, "utf8") };
}

/** A frame of stdout, as the daemon sends it. */
function framed(text: string): Buffer {
  const header = Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

const said = (...parts: readonly string[]) => Readable.from(parts.map(framed));

test("all that a container says is heard and in its log, up to the last chunk", async () => {
  const text = `${"x".repeat(49_999)}\n`.repeat(4);
  expect(await hear([() => said("first\n", text, "last\n")], () => true)).toEqual({
    asked: 1,
    dropped: 0,
    heard: `first\n${text}last\n`,
    log: `first\n${text}last\n`,
  });
});

test("a stream that breaks off is taken up again, and nothing is heard twice or lost", async () => {
  const broken = () =>
    Readable.from(
      (async function* () {
        yield framed("one\ntw");
        await Promise.resolve();
        throw new Error("aborted");
      })(),
    );
  const found = await hear([broken, () => said("one\n", "two\nthree\n")], (asked) => asked === 2);
  expect(found).toEqual({ asked: 2, dropped: 0, heard: "one\ntwo\nthree\n", log: "one\ntwo\nthree\n" });
});

test("a container that is gone for good says no more, which ends the listening", async () => {
  expect(await hear([], (asked) => asked === 1)).toEqual({ asked: 2, dropped: 0, heard: "", log: "" });
});

test("a container that floods its output costs no more than its limits, and what was dropped is counted", async () => {
  const bytes = 40 * 1024 * 1024;
  const chunk = framed("a line of a flood\n".repeat(2_000));
  const size = chunk.length - 8;
  const flood = () =>
    Readable.from(
      (function* () {
        for (let sent = 0; sent < bytes; sent += size) yield chunk;
      })(),
    );
  const { heard, dropped, log } = await hear([flood], () => true);
  expect(heard.length).toBeLessThan(bytes / 2);
  expect(log.length).toBeLessThan(bytes / 2);
  expect(dropped + heard.length).toBeGreaterThanOrEqual(bytes);
  expect(log).toContain("bytes dropped here: more than 1048576 bytes a second]");
});

test("where the daemon may not have the start any more, output is taken up from now on, and the gap is counted", async () => {
  const text = `${"x".repeat(999)}\n`.repeat(300);
  const broken = () =>
    Readable.from(
      (async function* () {
        yield framed(text);
        await Promise.resolve();
        throw new Error("aborted");
      })(),
    );
  const { heard, dropped, log } = await hear([broken, () => said("later\n")], (asked) => asked === 2);
  expect([heard, dropped]).toEqual([`${text}later\n`, 1]);
  expect(log).toContain("[rollproof: the daemon's stream broke off: what was printed meanwhile may be missing]\nlater");
});
