import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { runNanos } from "../model/brand.ts";
import { startStallWatch } from "./gauges.ts";

test("a beat that comes late is the worst until it is asked for, and then forgotten", () => {
  let nowMs = 0;
  const watch = startStallWatch({ now: () => runNanos(nowMs * 1e6) }, 100);
  for (nowMs of [100, 205, 5_305, 5_400]) watch.beat();
  expect([watch.takeWorstMs(), watch.takeWorstMs()]).toEqual([5_000, 0]);
});

test(
  "a stop of the whole process is in its gauges, and the host's load is in every sample",
  { timeout: 30_000 },
  async () => {
    const fixture = fileURLToPath(new URL("gauges.fixture.ts", import.meta.url));
    const child = spawn(process.execPath, [fixture], { stdio: ["ignore", "pipe", "inherit"] });
    const worst: number[] = [];
    const hosts: unknown[] = [];
    const lines = createInterface({ input: child.stdout });
    lines.on("line", (line) => {
      const event: unknown = JSON.parse(line);
      if (typeof event !== "object" || event === null) return;
      if ("maxMs" in event && typeof event.maxMs === "number") worst.push(event.maxMs);
      if ("foreignCpus" in event) hosts.push(event.foreignCpus);
    });
    try {
      await expect.poll(() => worst.length, { timeout: 15_000 }).toBeGreaterThan(1);
      child.kill("SIGSTOP");
      await sleep(2_500);
      child.kill("SIGCONT");
      await expect.poll(() => Math.max(...worst), { timeout: 5_000 }).toBeGreaterThan(2_200);
      expect(hosts.every((foreignCpus) => foreignCpus === null || typeof foreignCpus === "number")).toBe(true);
      expect(hosts.length).toBeGreaterThan(1);
    } finally {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
  },
);
