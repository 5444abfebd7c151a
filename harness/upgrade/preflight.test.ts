import { expect, test } from "vitest";
import { compile } from "../program/compile.ts";
import { FakeCluster } from "./fake-cluster.fixture.ts";
import { FakeStore } from "./fake-store.fixture.ts";

const preflight = { diskFreeMinMiB: 200 };
const program = compile({
  members: ["member-1", "member-2"],
  to: "v2",
  upgrade: { strategy: "rolling", maxUnavailable: 1, startAfterMs: 0, dwellMs: 1, finalise: true, preflight },
  flag: "f",
});

function clusterWith(freeMiB: number | null): FakeCluster {
  const cluster = new FakeCluster();
  cluster.disk = freeMiB === null ? null : { freeMiB };
  cluster.holds = { preflight };
  return cluster;
}

test("what the preflight finds unsound stops the upgrade before anybody is touched, and is named", async () => {
  const cluster = clusterWith(199);
  const outcome = await cluster.upgrade(new FakeStore(), { program });
  expect(outcome).toMatchObject({
    outcome: "stopped",
    why: expect.stringContaining("preflight (disk-free: the disk of run has 199 MiB free, below 200 MiB)"),
  });
  expect(cluster.deeds).toEqual([]);
});

test("what it cannot see does not let the upgrade pass", async () => {
  const cluster = clusterWith(null);
  const outcome = await cluster.upgrade(new FakeStore(), { program });
  expect(outcome).toMatchObject({
    outcome: "stopped",
    why: expect.stringMatching(/under-replicated: .*not sampled; disk-free: the disks were not sampled/u),
  });
  expect(cluster.deeds).toEqual([]);
});

test("a sound cluster is upgraded, each reading with its value, bound and decision", async () => {
  const cluster = clusterWith(200);
  expect(await cluster.upgrade(new FakeStore(), { program })).toEqual({ outcome: "done" });
  const readings = cluster.events.flatMap((event) =>
    event.kind === "gate-read" && event.act === "preflight" && event.decision === "proceed"
      ? [[event.gate, event.value, event.bound]]
      : [],
  );
  expect(readings).toEqual([
    ["available", 2, 2],
    ["owners", 0, 0],
    ["lag", 0, 5],
    ["checkpoint-lag", 0, 5],
    ["under-replicated", 0, 0],
    ["disk-free", 200, 200],
  ]);
});
