import { spawn, type ChildProcess } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { root } from "../run/provenance.ts";

/** The command line as a person starts it, in a process of its own. */
export interface Spawned {
  readonly child: ChildProcess;
  readonly out: () => string;
  readonly err: () => string;
  /** Exit code, or -1 when a signal ended it. */
  readonly exit: Promise<number>;
}

export function rollproof(args: readonly string[], env: Readonly<Record<string, string>> = {}): Spawned {
  const child = spawn(process.execPath, [join(root, "harness", "cli", "main.ts"), ...args], {
    cwd: root,
    env: { ...process.env, ...env, NODE_ENV: "production" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const texts = { out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => void (texts.out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => void (texts.err += text));
  const exit = new Promise<number>((resolve) => child.on("close", (code) => resolve(code ?? -1)));
  return { child, out: () => texts.out, err: () => texts.err, exit };
}

/** A copy of a scenario that names no brokers, at this level of transactions. */
export async function atTransactionVersion(level: number, scenario: string, folder: string): Promise<string> {
  const path = join(folder, basename(scenario));
  const text = await readFile(join(root, scenario), "utf8");
  await writeFile(path, `${text}\nbrokers: { features: { transaction.version: ${level} } }\n`);
  return path;
}

/** A folder for run directories that goes when the test does. */
export async function scratch(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "rollproof-cli-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 5 }) };
}

/** The one run directory in a folder. */
export async function onlyRun(out: string): Promise<string> {
  const runs = await readdir(out);
  if (runs.length !== 1) throw new Error(`Expected one run in ${out}, found ${runs.length}.`);
  return join(out, runs[0] ?? "");
}

/** Processes whose environment or command line names the folder: whatever a run in it started. */
export function processesOf(out: string): readonly string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      try {
        const text = readFileSync(`/proc/${pid}/environ`, "utf8") + readFileSync(`/proc/${pid}/cmdline`, "utf8");
        return text.includes(out)
          ? [`${pid} ${readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ")}`]
          : [];
      } catch {
        return []; // ended meanwhile
      }
    });
}
