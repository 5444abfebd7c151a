import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { openFaultJournal } from "../faults/journal.ts";
import { DaemonLost } from "../environment/docker/daemon/lost.ts";
import { rollproof, scratch } from "./spawned.fixture.ts";
import { namingOut } from "./verbs/clean.ts";
import { explain } from "./words.ts";

/** Above Linux's highest pid (proc_sys_kernel(5), pid_max). */
const proof = { pid: 4_194_304, startTicks: 1, bootId: "none", commandLine: "none" };
/** Where nobody answers: what a machine has in Docker is no part of these tests. */
const env = { DOCKER_HOST: "unix:///nowhere/docker.sock" };

/** A run directory as a dead harness leaves it, with a broker's data. */
function leave(directory: string, journal: string, lines: readonly object[]): string {
  const data = join(directory, "brokers", "broker-1", "data");
  mkdirSync(data, { recursive: true });
  mkdirSync(join(directory, "journals"));
  const note = JSON.stringify({ run: basename(directory), proof: null });
  writeFileSync(join(directory, "journals", "harness.ndjson"), `${note}\n`);
  writeFileSync(join(directory, "journals", journal), lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  return data;
}

test("clean --out removes what a run with that --out left behind, and names the fault that was in force", async () => {
  await using folder = await scratch();
  const data = leave(join(folder.path, "a"), "processes.ndjson", [
    { kind: "token", token: "no-process-has-this-token" },
    { kind: "harness", proof },
  ]);
  await using faults = await openFaultJournal(join(folder.path, "a", "journals"));
  for (const fault of ["fault-1", "fault-2"])
    await faults.append({ kind: "about-to", fault, faultKind: "pause", targets: ["member-2"], undo: [] });
  await faults.append({ kind: "healed", fault: "fault-1" });
  const spawned = rollproof(["clean", "--out", folder.path], env);
  expect({ exit: await spawned.exit, out: spawned.out(), err: spawned.err() }).toEqual({
    exit: 0,
    out: `run a was cut short with fault-2 in force (pause of member-2)\nremoved ${data}\n`,
    err: "",
  });
  expect(existsSync(data)).toBe(false);
});

test("the remedy of a run with --out names the folder that clean is to be told of", () => {
  const said = (out: string | null) => namingOut(explain(new DaemonLost("gone")).lines, out).at(-1);
  expect(["/runs", "/it's here", null].map(said)).toEqual([
    "  what to do: Look at the daemon's log, start it again, then run `rollproof clean --out /runs`: it removes what is left.",
    "  what to do: Look at the daemon's log, start it again, then run `rollproof clean --out '/it'\\''s here'`: it removes what is left.",
    "  what to do: Look at the daemon's log, start it again, then run `rollproof clean`: it removes what is left.",
  ]);
});
