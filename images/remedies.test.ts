import { expect, test } from "vitest";
import { Trouble } from "../harness/bootstrap/trouble.mjs";
import { explained } from "./remedies.mjs";

/** Said by docker 20.10 and 28.2, debootstrap 1.0.128 and apt 2.6. */
const said: readonly (readonly [string, string])[] = [
  [
    "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
    "No Docker daemon",
  ],
  [
    "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: connect: permission denied",
    "You may not use Docker's socket.",
  ],
  ["tar: ./usr/share/lintian/overrides/apt: Cannot write: No space left on device", "The disk is full."],
  [
    "E: Failed getting release file http://mirror.example/dists/bookworm/Release",
    "Debian's packages cannot be reached.",
  ],
  ["E: Unable to locate package iptables", "Debian's mirror lacks a package"],
  ["The command '/bin/sh -c false' returned a non-zero code: 1", "Look above."],
];

test.for(said)("%s", ([words, remedy]) => {
  expect(explained(new Trouble(words, "Look above."))).toMatchObject({
    message: words,
    remedy: expect.stringContaining(remedy),
  });
});

test("what the system refuses is trouble too, and a defect of ours stays one", () => {
  const refused = Object.assign(new Error("ENOSPC: no space left on device, write"), {
    code: "ENOSPC",
    syscall: "write",
  });
  expect(explained(refused)).toMatchObject({ remedy: expect.stringContaining("The disk is full.") });
  const defect = new TypeError("x is not a function");
  expect(explained(defect)).toBe(defect);
});
