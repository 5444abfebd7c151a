import { tmpdir } from "node:os";
import { expect, test } from "vitest";
import { lookAtDisks } from "./disk-gauge.ts";

test("the disk with the least space is named, and one that cannot be asked is left out", async () => {
  const [full, roomy, gone] = [
    { of: "broker-1", path: "/proc" }, // holds no files: nothing of it is free
    { of: "run", path: tmpdir() },
    { of: "broker-2", path: "/no/such/folder" },
  ];
  expect(await lookAtDisks([roomy, full, gone])).toEqual({
    kind: "gauge-disk",
    disks: 2,
    fullest: "broker-1",
    freeMiB: 0,
  });
  expect(await lookAtDisks([gone])).toBe(null);
});
