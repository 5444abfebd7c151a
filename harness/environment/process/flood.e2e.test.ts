import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sizeOf } from "../output/size-of.fixture.ts";
import { memberOutput } from "../output/limits.ts";
import { Incarnation } from "./incarnation.ts";
import { Supervision } from "./supervised.ts";
import { makePlace } from "./trivial-member.fixture.ts";

/** More than this is printed, at whatever speed. */
const floodBytes = 192 * 1024 * 1024;
const place = makePlace();
const patience = (): AbortSignal => AbortSignal.timeout(60_000);
let supervision: Supervision;

beforeAll(async () => {
  mkdirSync(place.runDirectory, { recursive: true });
  supervision = await Supervision.start(join(place.runDirectory, "processes.ndjson"), patience());
});

afterAll(async () => {
  await supervision[Symbol.asyncDispose]();
  place[Symbol.dispose]();
});

/** Member that prints `floodBytes` in the shape, and ends. */
async function flood(name: string, stream: "stdout" | "stderr", chunk: string) {
  const folder = join(place.runDirectory, name);
  mkdirSync(folder);
  const script = join(folder, "flood.mjs");
  writeFileSync(
    script,
    `import { writeSync } from "node:fs";
const chunk = Buffer.from(${chunk});
for (let left = ${floodBytes}; left > 0;) left -= writeSync(${stream === "stdout" ? 1 : 2}, chunk);`,
  );
  const log = join(folder, "log");
  const supervised = await supervision.start(
    {
      role: "member-1",
      argv: [process.execPath, script],
      env: {},
      cwd: folder,
      log,
      limits: memberOutput,
      forward: true,
    },
    patience(),
  );
  const over = new AbortController();
  const life = { id: "member-1", incarnation: 1, version: "v1", supervised, supervision, dataDirectory: folder, log };
  return { member: new Incarnation({ ...life, signal: over.signal }), folder, log };
}

/** Resident memory of a process, in bytes. */
function memoryOf(pid: number): number {
  const [, kilobytes = ""] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kilobytes) * 1024;
}

function supervisorPid(): number {
  const lines = readFileSync(join(place.runDirectory, "processes.ndjson"), "utf8").trim().split("\n");
  const found = lines.map((line): { kind: string; proof?: { pid: number } } => JSON.parse(line));
  return found.find(({ kind }) => kind === "supervisor")?.proof?.pid ?? 0;
}

test.each([
  ["lines", "stdout", '"a line of a flood, as a log level left at debug prints it\\n".repeat(1000)'],
  ["errors", "stderr", '"a line of a flood, as a log level left at debug prints it\\n".repeat(1000)'],
  ["empty-lines", "stdout", '"\\n".repeat(65536)'],
  ["one-endless-line", "stdout", '"x".repeat(65536)'],
] as const)(
  "a flood of %s is cut and counted, and neither memory nor log grow with it",
  async (name, stream, chunk) => {
    const before = memoryOf(process.pid);
    const { member, folder, log } = await flood(name, stream, chunk);
    const most = { supervisor: 0, harness: 0 };
    const heard = { dropped: 0, characters: 0, longest: 0 };
    member.dropped((bytes) => void (heard.dropped = bytes));
    member.lines((line) => {
      heard.characters += line.length + 1;
      heard.longest = Math.max(heard.longest, line.length);
    });
    const sampling = setInterval(() => {
      most.supervisor = Math.max(most.supervisor, memoryOf(supervisorPid()));
      most.harness = Math.max(most.harness, memoryOf(process.pid) - before);
    }, 50);
    // The supervisor goes on answering meanwhile.
    await member.do("pause", patience());
    await member.do("resume", patience());
    expect(await member.ended).toEqual({ code: 0, signal: null });
    clearInterval(sampling);
    expect(heard.dropped + sizeOf(folder)).toBeGreaterThan(floodBytes);
    expect(heard.dropped).toBeGreaterThan(floodBytes / 2);
    expect(heard.longest).toBeLessThan(2 * memberOutput.lineBytes);
    expect(heard.characters).toBeLessThan(floodBytes / 2);
    expect(sizeOf(folder)).toBeLessThan(4 * memberOutput.logBytes);
    expect(readFileSync(log, "utf8")).toContain("[rollproof: ");
    // A process of Node takes about 60 MB; what it holds of the flood must be a small part of it.
    expect(most.supervisor).toBeLessThan(60e6 + floodBytes);
    expect(most.harness).toBeLessThan(floodBytes);
  },
);
