import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { clean } from "./clean.ts";

const never = new AbortController().signal;
/** Above Linux's highest pid (proc_sys_kernel(5), pid_max). */
const proof = { pid: 4_194_304, startTicks: 1, bootId: "none", commandLine: "none" };
const nothing = { killed: [], containers: [], failed: [], unreachable: null, removed: [], cutShort: [], old: [] };

beforeEach(() => {
  vi.stubEnv("DOCKER_HOST", "unix:///nowhere/docker.sock");
  onTestFinished(() => void vi.unstubAllEnvs());
});

/** A folder with one run in containers, as its dead harness leaves it. */
function deadRun(journal: readonly object[]) {
  const root = mkdtempSync(join(tmpdir(), "rollproof-clean-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const data = join(root, "a", "brokers", "broker-1", "data");
  mkdirSync(data, { recursive: true });
  mkdirSync(join(root, "a", "journals"));
  const note = JSON.stringify({ run: "a", proof: null });
  writeFileSync(join(root, "a", "journals", "harness.ndjson"), `${note}\n`);
  writeFileSync(
    join(root, "a", "journals", "docker.ndjson"),
    journal.map((line) => `${JSON.stringify(line)}\n`).join(""),
  );
  return { root, data };
}

test("brokers' data goes of a run whose harness was killed and whose containers the reaper removed", async () => {
  const { root, data } = deadRun([{ kind: "harness", run: "a", proof }, { kind: "disposed" }]);
  expect(await clean(root, null, never)).toEqual({ ...nothing, removed: [data], cutShort: [join(root, "a")] });
  expect(readdirSync(join(root, "a", "brokers", "broker-1"))).toEqual([]);
});

test("without Docker a run that may have containers keeps its directory and its data, whatever is to be kept", async () => {
  const { root, data } = deadRun([{ kind: "harness", run: "a", proof }]);
  const unreachable = expect.stringContaining("no socket at unix:///nowhere/docker.sock");
  expect(await clean(root, 0, never)).toEqual({ ...nothing, unreachable, cutShort: [join(root, "a")] });
  expect(readdirSync(join(data, ".."))).toEqual(["data"]);
});

test("broker data behind a link stays, at every step of the path", async () => {
  const { root, data } = deadRun([{ kind: "harness", run: "a", proof }, { kind: "disposed" }]);
  const elsewhere = mkdtempSync(join(tmpdir(), "rollproof-elsewhere-"));
  onTestFinished(() => rmSync(elsewhere, { recursive: true }));
  const brokers = join(root, "a", "brokers");
  mkdirSync(join(elsewhere, "x", "data"), { recursive: true });
  symlinkSync(join(elsewhere, "x"), join(brokers, "broker-2"));
  mkdirSync(join(brokers, "broker-3"));
  symlinkSync(join(elsewhere, "x", "data"), join(brokers, "broker-3", "data"));
  expect((await clean(root, null, never)).removed).toEqual([data]);
  expect(readdirSync(join(elsewhere, "x"))).toEqual(["data"]);
  rmSync(brokers, { recursive: true });
  symlinkSync(elsewhere, brokers);
  expect((await clean(root, null, never)).removed).toEqual([]);
  expect(readdirSync(join(elsewhere, "x"))).toEqual(["data"]);
});

test("a journal that names another run than its directory has no say over that run's containers", async () => {
  const { root } = deadRun([{ kind: "harness", run: "another-run", proof }]);
  expect(await clean(root, null, never)).toMatchObject({ containers: [], unreachable: null });
});
