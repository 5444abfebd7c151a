import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { isAlive, proofOf } from "../../proc.ts";
import { noteDockerDisposed, noteDockerRun, noteReaper, readDockerJournal } from "./journal.ts";

test("a journal names the run, its living harness and the reaper until it is disposed", () => {
  const directory = folder();
  expect(readDockerJournal(directory)).toBe(null);
  noteDockerRun(directory, "20260101-000000-abcdef01");
  const noted = readDockerJournal(directory);
  expect(noted).toEqual({
    run: "20260101-000000-abcdef01",
    harness: proofOf(process.pid),
    reaper: null,
    disposed: false,
  });
  expect(noted !== null && isAlive(noted.harness)).toBe(true);
  noteReaper(directory, process.ppid);
  const reaped = { ...noted, reaper: proofOf(process.ppid) };
  expect(readDockerJournal(directory)).toEqual(reaped);
  noteDockerDisposed(directory);
  expect(readDockerJournal(directory)).toEqual({ ...reaped, disposed: true });
});

test("torn and foreign lines are left out", () => {
  const directory = folder();
  noteDockerRun(directory, "a");
  const noted = readDockerJournal(directory);
  appendFileSync(
    join(directory, "journals", "docker.ndjson"),
    '{"kind":"harness","run":"","proof":{}}\nnot JSON\n{"kind":"dispo',
  );
  expect(readDockerJournal(directory)).toEqual(noted);
});

function folder(): string {
  const directory = mkdtempSync(join(tmpdir(), "rollproof-docker-journal-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return directory;
}
