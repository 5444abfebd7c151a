import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sha256 } from "../../base/digest.ts";
import { copyLimits } from "../../model/disk-copy.ts";
import { copyTree } from "./disk.ts";

let folder: string;
let from: string;
let to: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "rollproof-disk-"));
  from = join(folder, "data");
  to = join(folder, "copy");
  mkdirSync(join(from, "task-0", "checkpoints"), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, content: string): void {
  writeFileSync(join(from, name), content);
}

test("each regular file is copied, and listed with its size and digest in the order of names", async () => {
  write("task-0/store", "");
  write("task-0/checkpoints/12", "twelve");
  write("task-0/checkpoints/7", "seven");
  expect(await copyTree(from, to)).toEqual({
    files: [
      { name: "task-0/checkpoints/12", bytes: 6, sha256: sha256("twelve") },
      { name: "task-0/checkpoints/7", bytes: 5, sha256: sha256("seven") },
      { name: "task-0/store", bytes: 0, sha256: sha256("") },
    ],
    left: [],
    leftCount: 0,
  });
  expect(readFileSync(join(to, "task-0", "checkpoints", "12"), "utf8")).toBe("twelve");
});

test("a file of several reads is copied whole", async () => {
  const content = "0123456789".repeat(100_000);
  write("store", content);
  expect((await copyTree(from, to)).files).toEqual([{ name: "store", bytes: 1_000_000, sha256: sha256(content) }]);
  expect(readFileSync(join(to, "store"), "utf8")).toBe(content);
});

test("links, FIFOs and sockets are named and neither followed nor opened", async () => {
  symlinkSync("/", join(from, "root"));
  symlinkSync("/etc/passwd", join(from, "task-0", "checkpoints", "1"));
  execFileSync("mkfifo", [join(from, "task-0", "checkpoints", "2")]);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(join(from, "socket"), resolve));
  try {
    expect(await copyTree(from, to)).toEqual({
      files: [],
      left: [
        { name: "root", why: "is a symbolic link" },
        { name: "socket", why: "is a socket" },
        { name: "task-0/checkpoints/1", why: "is a symbolic link" },
        { name: "task-0/checkpoints/2", why: "is a FIFO" },
      ],
      leftCount: 4,
    });
  } finally {
    server.close();
  }
  expect(readdirSync(to, { recursive: true, encoding: "utf8" }).toSorted()).toEqual(["task-0", "task-0/checkpoints"]);
});

test("what is beyond the bounds in number, size and depth is left out, named up to a bound and counted", async () => {
  for (const name of ["a", "b", "c", "d", "e"]) write(name, name.repeat(10));
  write("large", "x".repeat(31));
  write("task-0/checkpoints/1", "deep");
  const tight = { ...copyLimits, files: 3, fileBytes: 30, bytes: 35, depth: 1, left: 3 };
  const { files, left, leftCount } = await copyTree(from, to, tight);
  expect(files.map(({ name }) => name)).toEqual(["a", "b", "c"]);
  expect([left, leftCount]).toEqual([
    [
      { name: "d", why: "lies beyond the first 3 files" },
      { name: "e", why: "lies beyond the first 3 files" },
      { name: "large", why: "lies beyond the first 3 files" },
    ],
    4,
  ]);
  const sizes = await copyTree(from, join(folder, "second"), { ...tight, files: 9 });
  expect(sizes.left).toEqual([
    { name: "d", why: "lies beyond the first 35 bytes" },
    { name: "e", why: "lies beyond the first 35 bytes" },
    { name: "large", why: "has 31 bytes; at most 30 are copied" },
  ]);
});

test("of a folder with too many entries the rest is counted as one", async () => {
  for (let i = 0; i < 5; i++) write(`task-0/checkpoints/${i}`, "x");
  const { files, left } = await copyTree(from, to, { ...copyLimits, entries: 3 });
  expect([files.length, left.length, left[0]?.why]).toEqual([3, 1, "lies beyond the first 3 entries of its folder"]);
});

test("a link that lies where the copy goes is replaced, not written through", async () => {
  write("store", "new");
  writeFileSync(join(folder, "outside"), "old");
  mkdirSync(to);
  symlinkSync(join(folder, "outside"), join(to, "store"));
  await copyTree(from, to);
  expect([readFileSync(join(folder, "outside"), "utf8"), readFileSync(join(to, "store"), "utf8")]).toEqual([
    "old",
    "new",
  ]);
});
