import { basename } from "node:path";
import { describe, test } from "vitest";
import { expectMissed } from "../../cluster/proxy-server-end.fixture.ts";
import { connectEngine } from "../daemon/engine.ts";
import { dockerTests } from "../daemon/required.fixture.ts";

const docker = await dockerTests();

describe.skipIf(!docker.run)("the proxy server's container", () => {
  test("is missed when it ends in the middle of a run, and not when it is taken down in order", async () => {
    await expectMissed("docker", async (runDirectory) => {
      const { dockerode } = (await connectEngine()).container;
      await dockerode.getContainer(`rollproof-${basename(runDirectory)}-toxiproxy-1`).kill();
    });
  });
});
