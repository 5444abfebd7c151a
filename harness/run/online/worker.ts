/** Started by start.ts: the checkers over the live history, in a thread whose end costs the run nothing. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { parsePlan } from "../../plan/plan-file.ts";
import { descriptionOf } from "../description-of.ts";
import { root } from "../provenance.ts";
import { loadSpecification } from "../specification/load.ts";
import { beginOnlineChecks, type OnlineChecks } from "./online-checks.ts";
import type { Chunk, ChunkChecked, OnlineQuestion } from "./protocol.ts";

/** Looking costs as much as there are commits: it may take this share of the time, and is never later than `lookMsMax`. */
const [lookShare, lookMsMin, lookMsMax] = [1 / 20, 250, 1_000];

const { planPath, hostFactor }: OnlineQuestion = workerData;
const checks = await checksOf(planPath, hostFactor);
let lookedAt = 0;
let looks = 0;
let tookMs = 0;
let longestLookMs = 0;

parentPort?.on("message", ({ number, items }: Chunk) => {
  for (const item of items) checks.step(item);
  const hasLooked = isDue();
  const answer: ChunkChecked = { number, hasLooked, found: hasLooked ? look() : [], ...figures() };
  parentPort?.postMessage(answer, []);
});

async function checksOf(path: string, factor: number): Promise<OnlineChecks> {
  const plan = parsePlan(readFileSync(path, "utf8"), path);
  const description = descriptionOf(plan);
  const { specificationPath } = description;
  const loaded = specificationPath === null ? null : await loadSpecification(join(root, specificationPath));
  return beginOnlineChecks({
    plan,
    description,
    specification: loaded?.specification ?? null,
    hostFactor: factor,
  });
}

function isDue(): boolean {
  return performance.now() - lookedAt >= Math.min(lookMsMax, Math.max(lookMsMin, tookMs / lookShare));
}

function look(): ChunkChecked["found"] {
  lookedAt = performance.now();
  const found = checks.look();
  tookMs = performance.now() - lookedAt;
  looks += 1;
  longestLookMs = Math.max(longestLookMs, tookMs);
  return found.map(({ invariant, sentence, evidence, seq }) => ({ invariant, sentence, evidence, seq }));
}

function figures(): Pick<ChunkChecked, "cpuMs" | "looks" | "longestLookMs"> {
  const { user, system } = process.threadCpuUsage();
  return { cpuMs: Math.round((user + system) / 1e3), looks, longestLookMs: Math.round(longestLookMs) };
}
