import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openUpgradeJournal, programOf } from "./journal.ts";
import { nextAction } from "./machine.ts";

const program = { steps: [{ member: "member-1", from: "v1", to: "v2" }], finalise: true };
let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "rollproof-upgrade-"));
});
afterEach(() => rmSync(directory, { recursive: true }));
const file = (): string => join(directory, "upgrade.ndjson");

async function writeThree(): Promise<void> {
  await using journal = await openUpgradeJournal(directory, program);
  await journal.append({ kind: "phase-began", step: 0, phase: "drain" });
  await journal.append({ kind: "phase-settled", step: 0, phase: "drain" });
  await journal.append({ kind: "phase-began", step: 0, phase: "stop" });
}

test("a journal read back goes on where it ended", async () => {
  await writeThree();
  await using journal = await openUpgradeJournal(directory, program);
  expect(nextAction(journal.state())).toEqual({ kind: "phase", step: 0, phase: "stop", resumed: true });
  expect(journal.versionOf("member-1")).toBe("v1");
});

test("a torn last line is cut off and written over", async () => {
  await writeThree();
  const sound = readFileSync(file(), "utf8");
  appendFileSync(file(), '{"kind":"phase-set');
  await using journal = await openUpgradeJournal(directory, program);
  await journal.append({ kind: "phase-settled", step: 0, phase: "stop" });
  expect(readFileSync(file(), "utf8")).toBe(`${sound}{"kind":"phase-settled","step":0,"phase":"stop"}\n`);
});

test("a journal damaged before its end is refused, since what was done behind it is not known", async () => {
  await writeThree();
  const [first, , third] = readFileSync(file(), "utf8").split("\n");
  writeFileSync(file(), `${first}\n{"kind":\n${third}\n`);
  await expect(openUpgradeJournal(directory, program)).rejects.toThrow(/is damaged at byte \d+/u);
});

test("the journal of another plan is refused", async () => {
  await writeThree();
  await expect(openUpgradeJournal(directory, { steps: [], finalise: false })).rejects.toThrow(
    /not the journal of this/u,
  );
});

test("an entry out of order is not written", async () => {
  await using journal = await openUpgradeJournal(directory, program);
  await expect(journal.append({ kind: "finalised", epoch: 1 })).rejects.toThrow(/cannot follow/u);
  expect(readFileSync(file(), "utf8")).toBe("");
});

test("there is nothing to finalise where the pipeline has no flag", () => {
  const plan = { upgrade: program.steps, scenario: { upgrade: { finalise: true } } };
  expect(programOf(plan, { activate: null })).toEqual({ ...program, finalise: false });
  expect(programOf(plan, { activate: { topic: "flags", flag: "f" } })).toEqual(program);
});
