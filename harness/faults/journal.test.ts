import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openFaultJournal, outstandingFaults } from "./journal.ts";

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "rollproof-faults-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

const aboutTo = (fault: string) =>
  ({
    kind: "about-to",
    fault,
    faultKind: "pause",
    targets: ["member-1"],
    undo: [{ kind: "resume-process", process: "member-1", pid: 7 }],
  }) as const;

test("what was begun and not healed is outstanding, with its undo", async () => {
  await using journal = await openFaultJournal(directory);
  for (const fault of ["fault-1", "fault-2"]) await journal.append(aboutTo(fault));
  await journal.append({ kind: "healed", fault: "fault-1" });
  expect(outstandingFaults(directory)).toEqual([aboutTo("fault-2")]);
});

test("a torn last line is what was never begun", async () => {
  await using journal = await openFaultJournal(directory);
  await journal.append(aboutTo("fault-1"));
  appendFileSync(join(directory, "faults.ndjson"), '{"kind":"about-to","fault":"fault-2","faul');
  expect(outstandingFaults(directory)).toEqual([aboutTo("fault-1")]);
});

test("without a journal nothing is outstanding", () => {
  expect(outstandingFaults(join(directory, "none"))).toEqual([]);
});
