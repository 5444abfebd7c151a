import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { processJournal, readJournal } from "./journal.ts";
import { note } from "./note.ts";

const proof = { pid: 7, startTicks: 8, bootId: "b", commandLine: "node x" };
const token = "0123456789abcdef012345";

/** A run directory with room for its journals. */
function runDirectory(): string {
  const folder = mkdtempSync(join(tmpdir(), "rollproof-journal-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, "journals"));
  return folder;
}

test("a journal says of each cluster what was started and whether it was taken down", () => {
  const run = runDirectory();
  const path = processJournal(run);
  note(path, { kind: "token", token });
  note(path, { kind: "harness", proof });
  note(path, { kind: "child", role: "broker-1", proof });
  note(path, { kind: "disposed" });
  note(path, { kind: "token", token: `${token}2` });
  note(path, { kind: "supervisor", proof });
  expect(readJournal(run)).toEqual([
    { token, harness: proof, supervisor: null, children: [{ role: "broker-1", proof }], disposed: true },
    { token: `${token}2`, harness: null, supervisor: proof, children: [], disposed: false },
  ]);
});

test("a torn last line and foreign lines are left out", () => {
  const run = runDirectory();
  const path = processJournal(run);
  writeFileSync(path, `{"kind":"token","token":"${token}"}\nhello\n{"kind":"child","proof":{"pid":-1}}\n{"kind":"disp`);
  expect(readJournal(run)).toEqual([{ token, harness: null, supervisor: null, children: [], disposed: false }]);
});

test("no journal is no cluster", () => {
  expect(readJournal(runDirectory())).toEqual([]);
});
