import type { Gate } from "./gate.ts";

export const diskFree: Gate = {
  name: "disk-free",
  says: "every disk of the run that this machine sees has upgrade.preflight.disk-free-min MiB free",
  read({ disk }, { diskFreeMinMiB: bound, since }) {
    if (disk === null || disk.seq <= since) return { value: null, bound, missing: "the disks were not sampled" };
    const { freeMiB: value, fullest } = disk;
    const missing = value >= bound ? null : `the disk of ${fullest} has ${value} MiB free, below ${bound} MiB`;
    return { value, bound, missing };
  },
};
