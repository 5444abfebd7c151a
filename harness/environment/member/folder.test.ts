import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { memberId } from "../../model/brand.ts";
import { prepareMember } from "./folder.ts";

test("a disk that is kept outlives an incarnation, a fresh one is empty; logs stay either way", async () => {
  const run = mkdtempSync(join(tmpdir(), "rollproof-member-"));
  onTestFinished(() => rmSync(run, { recursive: true }));
  const slot = memberId("member-1");
  const first = await prepareMember(run, { slot, incarnation: 1, disk: "fresh" });
  const folder = join(run, "members", "member-1");
  expect(first).toEqual({ folder, dataDirectory: join(folder, "data"), log: join(folder, "1", "log") });
  writeFileSync(first.log, "");
  writeFileSync(join(first.dataDirectory, "state"), "");
  await prepareMember(run, { slot, incarnation: 2, disk: "keep" });
  expect(readdirSync(first.dataDirectory)).toEqual(["state"]);
  await prepareMember(run, { slot, incarnation: 3, disk: "fresh" });
  expect(readdirSync(folder, { recursive: true, encoding: "utf8" }).toSorted()).toEqual([
    "1",
    "1/log",
    "2",
    "3",
    "data",
  ]);
});
