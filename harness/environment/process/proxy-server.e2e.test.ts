import { expect, test } from "vitest";
import { createEnvironment } from "../create.ts";
import { pinnedBrokers } from "../cluster/broker-versions.ts";
import { processJournal, readJournal } from "./journal.ts";
import { makePlace } from "./trivial-member.fixture.ts";

test("a proxy server that ends in the middle of a run is told, one that is taken down in order is not", async () => {
  using place = makePlace();
  const told: Error[] = [];
  const first = Promise.withResolvers<void>();
  const lost = (why: Error): void => {
    told.push(why);
    first.resolve();
  };
  const start = async (runDirectory: string) =>
    await createEnvironment(
      { kind: "process", reason: "process: asked for" },
      { runDirectory, brokers: pinnedBrokers(1), memberSlots: 1, brokerConfig: {}, lost },
      AbortSignal.timeout(60_000),
    );
  await (await start(place.runDirectory))[Symbol.asyncDispose]();
  expect(told).toEqual([]);
  const again = `${place.runDirectory}-again`;
  await using _ = await start(again);
  const [server] = readJournal(processJournal(again)).flatMap(({ children }) =>
    children.filter(({ role }) => role === "toxiproxy"),
  );
  process.kill(server?.proof.pid ?? 0, "SIGKILL");
  await first.promise;
  expect(told).toMatchObject([{ code: "environment-unavailable", message: expect.stringContaining("(SIGKILL)") }]);
});
