import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { readNamed, readOwn, replaceOwn } from "./own-files.ts";

/** A run directory with one good file and one of each odd sort; `outside` is what its links lead to. */
function scene(): { readonly run: string; readonly outside: string } {
  const folder = mkdtempSync(join(tmpdir(), "rollproof-own-files-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const [run, outside] = [join(folder, "run"), join(folder, "outside")];
  for (const path of [join(run, "sub"), join(outside, "sub")]) mkdirSync(path, { recursive: true });
  writeFileSync(join(run, "good"), "inside");
  writeFileSync(join(run, "sub", "good"), "inside");
  writeFileSync(join(outside, "secret"), "outside");
  symlinkSync(join(outside, "secret"), join(run, "link"));
  symlinkSync("nowhere", join(run, "dangling"));
  symlinkSync(outside, join(run, "linked-folder"));
  execFileSync("mkfifo", [join(run, "fifo")]);
  return { run, outside };
}

const textOf = (read: ReturnType<typeof readOwn>): string =>
  "refused" in read ? read.refused : `read: ${Buffer.from(read).toString("utf8")}`;

test("only a regular file that no link leads to is read, and nothing blocks", () => {
  const { run } = scene();
  const names = ["good", "sub/good", "link", "dangling", "linked-folder/secret", "fifo", "sub", "absent"];
  expect(names.map((name) => textOf(readOwn(run, name, 100)))).toEqual([
    "read: inside",
    "read: inside",
    "is a symbolic link",
    "is a symbolic link",
    `is reached through the symbolic link ${join(run, "linked-folder")}`,
    "is a FIFO",
    "is a directory",
    "does not exist",
  ]);
  expect(textOf(readOwn(run, "good", 5))).toBe("has 6 bytes; at most 5 are read");
});

test("a path that a person names may lead over links, to a regular file", () => {
  const { run } = scene();
  const read = ["link", "linked-folder/secret", "fifo", "dangling"].map((name) =>
    textOf(readNamed(join(run, name), 100)),
  );
  expect(read).toEqual(["read: outside", "read: outside", "is a FIFO", "is a symbolic link"]);
  expect(textOf(readNamed("/dev/zero", 100))).toBe("is a device");
});

test("a file is replaced whole; a link, a FIFO or a folder in its place is refused by name and what it leads to stays", async () => {
  const { run, outside } = scene();
  await replaceOwn(run, "good", "new");
  await replaceOwn(run, join("made", "deep", "file"), "new");
  expect(textOf(readOwn(run, "good", 100))).toBe("read: new");
  expect(textOf(readOwn(run, join("made", "deep", "file"), 100))).toBe("read: new");
  const before = readdirSync(run);
  for (const [name, why] of [
    ["link", "is a symbolic link"],
    ["fifo", "is a FIFO"],
    ["sub", "is a directory"],
    [join("linked-folder", "secret"), `is reached through the symbolic link ${join(run, "linked-folder")}`],
  ] as const)
    await expect(replaceOwn(run, name, "new")).rejects.toMatchObject({
      code: "file-refused",
      message: `${join(run, name)} ${why}.`,
    });
  expect(readdirSync(run)).toEqual(before);
  expect(readFileSync(join(outside, "secret"), "utf8")).toBe("outside");
});
