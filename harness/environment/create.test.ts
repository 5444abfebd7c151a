import { expect, test } from "vitest";
import { pinnedBrokers } from "./cluster/broker-versions.ts";
import { createEnvironment } from "./create.ts";

test("a run directory that a container cannot be given is refused before anything is started", () => {
  const spec = { runDirectory: "/nowhere/a:b", brokers: pinnedBrokers(1), memberSlots: 1, brokerConfig: {} };
  const create = () =>
    createEnvironment({ kind: "docker", reason: "docker: asked for" }, spec, new AbortController().signal);
  expect(create).toThrow('Containers cannot be given "/nowhere/a:b": the path has a colon.');
});
