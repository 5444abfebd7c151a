import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { logTail } from "./log-tail.ts";

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "rollproof-log-tail-"))));
afterAll(async () => await rm(folder, { recursive: true, force: true }));

test("the end of a log is shown however long it is", async () => {
  const path = join(folder, "long");
  await using file = await open(path, "w");
  await file.write("the last words\n", 3 * 1024 ** 3); // what is before it takes no room
  expect((await logTail(path)).slice(-16)).toBe("\\u{0}the last words".slice(-16));
});

test("the end of a log begins with a whole line, unless one line is all there is", async () => {
  const path = join(folder, "lines");
  const line = "x".repeat(700);
  await writeFile(path, `${line}\n${line}\n${line}\nlast\n`);
  expect(await logTail(path)).toBe(`${line}\n${line}\nlast`);
  await writeFile(path, `${line}${line}${line}\n`);
  expect(await logTail(path)).toBe("x".repeat(2_000));
});

test("what a hostile process says cannot steer the terminal, and keeps its lines", async () => {
  const path = join(folder, "hostile");
  await writeFile(path, "one\n\u001B[2Jtwo\u202E\tthree\n");
  expect(await logTail(path)).toBe("one\n\\u{1b}[2Jtwo\\u{202e}\tthree");
});

test("a log that is empty or not there is said to be empty", async () => {
  const path = join(folder, "empty");
  await writeFile(path, "\n");
  expect([await logTail(path), await logTail(join(folder, "none"))]).toEqual(Array(2).fill("(the log is empty)"));
});
