import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../run/provenance.ts";
import { parseVerdict } from "../verdict/schema.ts";
import { rollproof, scratch } from "./spawned.fixture.ts";

const samples = join(root, "reports/samples/valid");

/** The exit code of a verb whose reader closes its standard output at once. */
async function unread(args: readonly string[], closed: "stdout" | "stderr"): Promise<number | null> {
  const child = spawn(process.execPath, [join(root, "harness/cli/main.ts"), ...args], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [gone, read] = closed === "stdout" ? [child.stdout, child.stderr] : [child.stderr, child.stdout];
  gone.destroy();
  read.resume();
  return await new Promise((resolve) => child.on("close", resolve));
}

test.each([
  [["help"], "stdout"],
  [["list", "--json"], "stdout"],
  [["plan", "scenarios/rolling-upgrade.yaml", "--seed", "1", "--out", "/dev/null"], "stdout"],
  [["rnu"], "stderr"],
] as const)("%j whose %s nobody reads ends quietly, with an exit code that is no verdict", async (args, closed) => {
  expect(await unread(args, closed)).toBe(141);
});

test("a verdict of many million characters is reported, and comes out whole", async () => {
  await using folder = await scratch();
  const verdict: unknown = JSON.parse(readFileSync(join(samples, "verdict.json"), "utf8"));
  const summary: unknown = JSON.parse(readFileSync(join(samples, "summary.json"), "utf8"));
  const long = "k\u0000\u00e9".repeat(3_000_000);
  const write = (name: string, content: object): void =>
    writeFileSync(join(folder.path, name), JSON.stringify(content));
  write("verdict.json", Object.assign(verdict ?? {}, { headline: long }));
  const record = { ref: "r:a-0@0", atMs: 0, key: long, value: "", headers: {}, writer: null };
  write("summary.json", Object.assign(summary ?? {}, { records: [{ ...record, transaction: null }] }));
  const spawned = rollproof(["report", "--json", folder.path]);
  expect(await spawned.exit).toBe(0);
  expect(parseVerdict(spawned.out(), "stdout").headline.length).toBe(long.length);
});
