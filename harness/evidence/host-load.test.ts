import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { busyTicks, startHostLook } from "./host-load.ts";

test("busy ticks are all but idle and waiting for input or output", () => {
  expect(busyTicks("cpu  10 20 30 4000 500 6 7 8 9 10\ncpu0 1 2 3 4\n")).toBe(10 + 20 + 30 + 6 + 7 + 8);
});

test("work of a foreign process is seen, and is not when the process is one of the run's own", async () => {
  const child = spawn(process.execPath, ["-e", "for (;;);"], { stdio: "ignore" });
  try {
    const { pid = 0 } = child;
    const withoutIt = startHostLook(() => [process.pid]);
    const withIt = startHostLook(() => [process.pid, pid]);
    await sleep(600);
    const foreign = withoutIt().foreignCpus ?? 0;
    const less = withIt().foreignCpus ?? 0;
    expect(foreign).toBeGreaterThan(0.1);
    expect(less).toBeLessThan(foreign);
  } finally {
    child.kill("SIGKILL");
  }
});
