/** Labels of every container, network and volume of a run, so that none is forgotten and nothing foreign is touched. */
export const labels = {
  /** The run's id. */
  run: "rollproof.run",
  /** `broker-1`, `member-2`, `toxiproxy`, `storage-tool`, `sidecar-…`, `keeper`, `disk-broker-1`, `ballast-broker-1`. */
  role: "rollproof.role",
  /** Pid of the harness that made it. */
  harness: "rollproof.harness",
  /** The run directory, absolute. */
  directory: "rollproof.directory",
} as const;
