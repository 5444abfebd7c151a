import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { expect, onTestFinished, test } from "vitest";
import { listenTo } from "./output.ts";

/** A container whose output is asked for so often, and each time comes as given; what is heard of it, and what the log has then. */
async function hear(streams: readonly (() => Readable)[], ends: (asked: number) => boolean) {
  const folder = await mkdtemp(join(tmpdir(), "rollproof-output-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const log = join(folder, "log");
  const over = new AbortController();
  let asked = 0;
  let heard = "";
  await listenTo({
    container: {
      logs: () => {
        const next = streams[asked++];
        if (ends(asked)) over.abort();
        return next === undefined ? Promise.reject(new Error("no such container")) : Promise.resolve(next());
      },
      // All of it is stdout here.
      modem: { demuxStream: (stream, out) => void stream.on("data", (chunk: Buffer) => out.write(chunk)) },
    },
    log,
    stdout: (text) => void (heard += text),
    over: over.signal,
  });
  return { asked, heard, log: await readFile(log, "utf8") };
}

const said = (...parts: readonly string[]) => Readable.from(parts.map((part) => Buffer.from(part)));

test("all that a container says is heard and in its log, up to the last chunk", async () => {
  const text = "x".repeat(200_000);
  expect(await hear([() => said("first\n", text, "last\n")], () => true)).toEqual({
    asked: 1,
    heard: `first\n${text}last\n`,
    log: `first\n${text}last\n`,
  });
});

test("a stream that breaks off is taken up again, and nothing is heard twice or lost", async () => {
  const broken = () =>
    Readable.from(
      (async function* () {
        yield Buffer.from("one\ntw");
        await Promise.resolve();
        throw new Error("aborted");
      })(),
    );
  const found = await hear([broken, () => said("one\n", "two\nthree\n")], (asked) => asked === 2);
  expect(found).toEqual({ asked: 2, heard: "one\ntwo\nthree\n", log: "one\ntwo\nthree\n" });
});

test("a container that is gone for good says no more, which ends the listening", async () => {
  expect(await hear([], (asked) => asked === 1)).toEqual({ asked: 2, heard: "", log: "" });
});
