import { basename } from "node:path";
import { describe, expect, test } from "vitest";
import { pinnedBrokers } from "../cluster/broker-versions.ts";
import { createEnvironment } from "../create.ts";
import { makePlace } from "../process/trivial-member.fixture.ts";
import { connectEngine } from "./engine.ts";
import { dockerTests } from "./required.fixture.ts";

const docker = await dockerTests();

describe.skipIf(!docker.run)("the proxy server's container", () => {
  test("is missed when it ends in the middle of a run, and not when it is taken down in order", async () => {
    using place = makePlace();
    const told: Error[] = [];
    const first = Promise.withResolvers<void>();
    const lost = (why: Error): void => {
      told.push(why);
      first.resolve();
    };
    const start = async (runDirectory: string) =>
      await createEnvironment(
        { kind: "docker", reason: "docker: asked for" },
        { runDirectory, brokers: pinnedBrokers(1), memberSlots: 1, brokerConfig: {}, lost },
        AbortSignal.timeout(60_000),
      );
    await (await start(place.runDirectory))[Symbol.asyncDispose]();
    expect(told).toEqual([]);
    const again = `${place.runDirectory}-again`;
    await using _ = await start(again);
    const { dockerode } = (await connectEngine()).container;
    await dockerode.getContainer(`rollproof-${basename(again)}-toxiproxy-1`).kill();
    await first.promise;
    expect(told).toMatchObject([{ code: "environment-unavailable", message: expect.stringContaining("(SIGKILL)") }]);
  });
});
