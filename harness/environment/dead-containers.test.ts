import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { RollproofError } from "../base/errors.ts";
import { cleanContainers, type DockerHere } from "./dead-containers.ts";
import { readDockerJournal } from "./docker/cleaning/journal.ts";

const never = new AbortController().signal;
const nothing = { containers: [], volumes: [], networks: [] };
const stuck = new RollproofError("deadline-passed", "It hangs.", { remedy: "None." });

/** A Docker in which each of these runs has one container; the removal of those of `stuckRuns` fails. */
function dockerWith(
  labelled: Awaited<ReturnType<DockerHere["labelledRuns"]>>,
  stuckRuns: readonly string[],
): DockerHere {
  return {
    daemon: () => Promise.resolve({ answers: true, version: "20.10" }),
    labelledRuns: () => Promise.resolve(labelled),
    removeLeftovers: (run) =>
      stuckRuns.includes(run)
        ? Promise.reject(stuck)
        : Promise.resolve({ ...nothing, containers: [`${run}-broker-1`] }),
  };
}

/** Run directories of dead harnesses. */
function deadRuns(...names: readonly string[]) {
  const root = mkdtempSync(join(tmpdir(), "rollproof-dead-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const directories = names.map((name) => join(root, name));
  for (const [i, directory] of directories.entries()) {
    mkdirSync(join(directory, "journals"), { recursive: true });
    // Above Linux's highest pid (proc_sys_kernel(5), pid_max).
    const proof = { pid: 4_194_304, startTicks: 1, bootId: "none", commandLine: "none" };
    writeFileSync(
      join(directory, "journals", "docker.ndjson"),
      `${JSON.stringify({ kind: "harness", run: names[i], proof })}\n`,
    );
  }
  return { root, directories };
}

test("a run that cannot be removed is reported, and the others go", async () => {
  const place = deadRuns("a", "b", "c");
  expect(await cleanContainers(place, never, dockerWith([], ["b"]))).toEqual({
    removed: [
      { ...nothing, run: "a", directory: join(place.root, "a"), containers: ["a-broker-1"] },
      { ...nothing, run: "c", directory: join(place.root, "c"), containers: ["c-broker-1"] },
    ],
    failed: [{ run: "b", why: "It hangs." }],
    unreachable: null,
    left: new Set([join(place.root, "b")]),
  });
  const isDisposed = place.directories.map((directory) => readDockerJournal(directory)?.disposed);
  expect(isDisposed).toEqual([true, false, true]);
});

test("a daemon that cannot be used leaves what the journals tell of, and says why", async () => {
  const place = deadRuns("a");
  const unusable: DockerHere = {
    ...dockerWith([], []),
    labelledRuns: () => Promise.reject(new RollproofError("environment-unavailable", "Another.", { remedy: "None." })),
  };
  expect(await cleanContainers(place, never, unusable)).toEqual({
    removed: [],
    failed: [],
    unreachable: "Another.",
    left: new Set(place.directories),
  });
});

test("a run that labels alone tell of goes, too", async () => {
  const { root } = deadRuns();
  const labelled = [{ run: "d", directory: join(root, "d"), harnessPid: 4_194_304 }];
  expect(await cleanContainers({ root, directories: [] }, never, dockerWith(labelled, []))).toEqual({
    removed: [{ ...nothing, run: "d", directory: join(root, "d"), containers: ["d-broker-1"] }],
    failed: [],
    unreachable: null,
    left: new Set(),
  });
});
