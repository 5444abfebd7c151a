import { expect } from "vitest";
import type { ChosenEnvironment } from "../../model/environment.ts";
import { createEnvironment } from "../create.ts";
import { makePlace } from "../process/trivial-member.fixture.ts";
import { pinnedBrokers } from "./broker-versions.ts";

/** Expects that a proxy server is missed when `kill` ends it in the middle of a run, and not when it is taken down in order. */
export async function expectMissed(
  kind: ChosenEnvironment["kind"],
  kill: (runDirectory: string) => Promise<void> | void,
): Promise<void> {
  using place = makePlace();
  const told: Error[] = [];
  const first = Promise.withResolvers<void>();
  const lost = (why: Error): void => {
    told.push(why);
    first.resolve();
  };
  const start = async (runDirectory: string) =>
    await createEnvironment(
      { kind, reason: `${kind}: asked for` },
      { runDirectory, brokers: pinnedBrokers(1), memberSlots: 1, brokerConfig: {}, lost },
      AbortSignal.timeout(60_000),
    );
  await (await start(place.runDirectory))[Symbol.asyncDispose]();
  expect(told).toEqual([]);
  const again = `${place.runDirectory}-again`;
  await using _ = await start(again);
  await kill(again);
  await first.promise;
  expect(told).toMatchObject([{ code: "environment-unavailable", message: expect.stringContaining("(SIGKILL)") }]);
}
