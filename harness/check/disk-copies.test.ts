import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { sha256 } from "../base/digest.ts";
import { runNanos, seq } from "../model/brand.ts";
import { copyFields } from "../model/disk-copy.ts";
import type { EventBody } from "../model/event.ts";
import type { HistoryItem } from "../model/history.ts";
import { reference } from "../pipeline/reference.ts";
import { runLayout } from "../run/layout.ts";
import { diskEvidence } from "./disk-copies.ts";

let directory: string;
const name = "velocity-0/checkpoints/5";
const content = "five";
const file = { name, bytes: content.length, sha256: sha256(content) };
const copied = "members/member-1/2/disk/velocity-0/checkpoints/5";

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "rollproof-check-"));
  put(copied, content);
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function put(path: string, text: string): void {
  mkdirSync(dirname(join(directory, path)), { recursive: true });
  writeFileSync(join(directory, path), text);
}

function item(body: EventBody): HistoryItem {
  return { kind: "event", event: { ...body, seq: seq(9), at: runNanos(0) } };
}

function copy(files: readonly (typeof file)[] = [file], change: Partial<EventBody<"disk-copied">> = {}): HistoryItem {
  const path = "members/member-1/2/disk";
  const fields = copyFields({ files, left: [], leftCount: 0 });
  return item({ kind: "disk-copied", member: "member-1", incarnation: 2, path, ...fields, ...change });
}

function found(of: HistoryItem): readonly unknown[] {
  return [...diskEvidence(runLayout(directory), of, reference)].map((one) =>
    one.kind === "damage" ? one.what : [one.file.found, one.file.path, Buffer.from(one.file.bytes).toString()],
  );
}

const expected = `expected 4 bytes with SHA-256 ${sha256(content).slice(0, 16)}…`;

test("a checkpoint that is as it was copied is evidence, and so is one captured", () => {
  const captured = `members/member-1/2/checkpoints/${sha256(content)}`;
  put(captured, content);
  expect(found(copy())).toEqual([["left", copied, "five"]]);
  expect(found(item({ kind: "checkpoint-captured", member: "member-1", incarnation: 2, ...file }))).toEqual([
    ["published", captured, "five"],
  ]);
});

describe("a file that is not as it was copied is damage, named with what was expected and what is there", () => {
  test.each([
    ["a byte flipped", () => put(copied, "fivf"), `has changed since it was copied: ${expected}, found 4 bytes with`],
    [
      "cut",
      () => truncateSync(join(directory, copied), 2),
      `has changed since it was copied: ${expected}, found 2 bytes`,
    ],
    ["emptied", () => put(copied, ""), `has changed since it was copied: ${expected}, found 0 bytes`],
    ["gone", () => rmSync(join(directory, copied)), `does not exist; ${expected}`],
    [
      "its folder is gone",
      () => rmSync(join(directory, "members"), { recursive: true }),
      `does not exist; ${expected}`,
    ],
    [
      "too large",
      () => truncateSync(join(directory, copied), 65 * 1024 * 1024),
      "has 68157440 bytes; at most 67108864 are read",
    ],
    ["a link", () => relink("/etc/hostname"), "is a symbolic link"],
    ["a FIFO", () => refifo(), "is a FIFO"],
    ["a device", () => relink("/dev/zero"), "is a symbolic link"],
  ])("%s", (_, spoil, said) => {
    spoil();
    expect(found(copy())).toEqual([expect.stringContaining(`${copied} ${said}`)]);
  });

  test("also where it is no checkpoint", () => {
    put("members/member-1/2/disk/velocity-0/store", "changed");
    expect(found(copy([{ ...file, name: "velocity-0/store" }]))).toEqual([
      expect.stringContaining("velocity-0/store has changed since it was copied"),
    ]);
  });
});

test("a folder of the copy that leads elsewhere is not followed", () => {
  rmSync(join(directory, "members/member-1/2/disk"), { recursive: true });
  symlinkSync("/", join(directory, "members/member-1/2/disk"));
  expect(found(copy())).toEqual([
    `${copied} is reached through the symbolic link ${join(directory, "members/member-1/2/disk")}; ${expected}`,
  ]);
});

test("an event that names files outside, or a list that does not fit its counts, is damage and reads nothing", () => {
  expect(found(copy([{ ...file, name: "../../../../etc/passwd" }]))).toEqual([
    "The event e:9 names a file outside of its folder",
  ]);
  expect(found(copy([file], { member: "../member-1" }))).toEqual(["The event e:9 names no member of a run"]);
  for (const change of [{ files: 2 }, { bytes: 5 }, { list: [1] }, { list: null }])
    expect(found(copy([file], change))).toEqual(["The list of the copy of member-1/2's disk is not whole"]);
});

function refifo(): void {
  rmSync(join(directory, copied));
  execFileSync("mkfifo", [join(directory, copied)]);
}

function relink(to: string): void {
  rmSync(join(directory, copied));
  symlinkSync(to, join(directory, copied));
}
