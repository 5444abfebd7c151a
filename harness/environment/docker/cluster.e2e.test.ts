import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sha256 } from "../../base/digest.ts";
import { measureHostFactor } from "../../base/host-factor.ts";
import { finalisedLevels } from "../../admin/feature-levels.ts";
import { brokerId, memberId } from "../../model/brand.ts";
import type { Environment, LinkInjury } from "../../model/environment.ts";
import { pinnedBrokers } from "../cluster/broker-versions.ts";
import { createEnvironment } from "../create.ts";
import { makePlace } from "../process/trivial-member.fixture.ts";
import { advertisedBy } from "../cluster/advertised.fixture.ts";
import { isAlive } from "../proc.ts";
import { connectEngine } from "./daemon/engine.ts";
import { readDockerJournal } from "./cleaning/journal.ts";
import { labels } from "./containers/labels.ts";
import { dockerTests } from "./daemon/required.fixture.ts";

const docker = await dockerTests();
const slot = memberId("member-1");
const one = brokerId("broker-1");
const place = makePlace();
const patience = (): AbortSignal => AbortSignal.timeout(60_000);

async function containersOf(runDirectory: string): Promise<readonly string[]> {
  const { dockerode } = (await connectEngine()).container;
  const label = [`${labels.run}=${basename(runDirectory)}`];
  const found = await dockerode.listContainers({ all: true, filters: { label } });
  return found.map(({ Labels }) => Labels[labels.role] ?? "").toSorted();
}

describe.skipIf(!docker.run)("an environment of containers", () => {
  let environment: Environment;
  let brokers: readonly string[];

  beforeAll(async () => {
    const began = performance.now();
    environment = await createEnvironment(
      { kind: "docker", reason: "docker: asked for" },
      { runDirectory: place.runDirectory, brokers: pinnedBrokers(3), memberSlots: 2, brokerConfig: {} },
      patience(),
    );
    console.info(`three brokers and toxiproxy in containers ready after ${Math.round(performance.now() - began)} ms`);
    brokers = await advertisedBy(environment.link(slot, one).address);
  }, 90_000);

  afterAll(async () => {
    await environment?.[Symbol.asyncDispose]();
    place[Symbol.dispose]();
  });

  test("brokers, the proxy server and its side-car are containers with the run's label", async () => {
    expect(await containersOf(place.runDirectory)).toEqual([
      "broker-1",
      "broker-2",
      "broker-3",
      "sidecar-toxiproxy",
      "toxiproxy",
    ]);
    expect(brokers.length).toBe(3);
  });

  test("every broker has finalised the levels that kafka-storage of its image gives", async () => {
    const said = await Promise.all(environment.directBootstrap.map(finalisedLevels));
    expect(said).toEqual([environment.features, environment.features, environment.features]);
    expect(environment.features).toMatchObject({ "transaction.version": 2, "group.version": 1 });
  });

  test.each<LinkInjury["way"]>(["to-broker", "to-member"])(
    "packets held %s say nothing until they pass again, for their own link only",
    async (way) => {
      const link = environment.link(slot, one);
      const hold: LinkInjury = { name: "hold", kind: "hold", way };
      await link.apply(hold, patience());
      expect(await link.readBack(patience())).toEqual([hold]);
      expect(await advertisedBy(environment.link(memberId("member-2"), one).address)).not.toEqual([]);
      const answer = advertisedBy(link.address);
      const first = await Promise.race([answer.then(() => "answered"), sleep(700).then(() => "silent")]);
      expect(first).toBe("silent");
      await link.remove("hold", patience());
      expect(await link.readBack(patience())).toEqual([]);
      expect(await answer).toEqual(brokers);
    },
  );

  test("a link is slowed by toxiproxy, and reads back as given", async () => {
    const link = environment.link(slot, one);
    const slow: LinkInjury = { name: "slow", kind: "delay", way: "to-broker", latencyMs: 400 };
    await link.apply(slow, patience());
    expect(await link.readBack(patience())).toEqual([slow]);
    const began = performance.now();
    await advertisedBy(link.address);
    expect(performance.now() - began).toBeGreaterThan(400);
    await link.remove("slow", patience());
    expect(await link.readBack(patience())).toEqual([]);
  });

  test("a member says where its control port is, pauses, and ends with its own exit code", async () => {
    const member = await environment.startMember(slot, place.member, "fresh");
    const address = await member.endpoint("control");
    expect(await (await fetch(`http://${address}/`)).text()).toBe("here");
    await member.do("pause", patience());
    expect(await member.state()).toBe("stopped");
    await member.do("resume", patience());
    await member.do("stop", patience());
    expect([await member.ended, await member.state()]).toEqual([{ code: 0, signal: null }, "gone"]);
    expect(readFileSync(join(place.runDirectory, "members", slot, "1", "log"), "utf8")).toContain("a word for the log");
    const { files } = await member.copyDisk(join(place.runDirectory, "copied"));
    expect(files).toEqual([{ name: "incarnation-1", bytes: 10, sha256: sha256("x".repeat(10)) }]);
  });

  test("a crashed broker comes back on its disk and address, as its next incarnation", async () => {
    const before = environment.broker(one);
    await before.do("crash", patience());
    expect([await before.ended, await before.state()]).toEqual([{ code: null, signal: "SIGKILL" }, "gone"]);
    const after = await environment.startBroker(one, { disk: "keep" }, patience());
    expect([after.id, after.incarnation]).toEqual(["broker-1", 2]);
    await expect.poll(() => advertisedBy(environment.link(slot, one).address), { timeout: 20_000 }).toEqual(brokers);
  });

  test("disposal takes five seconds at most and leaves logs, no container and no broker's data", async () => {
    const began = performance.now();
    await environment[Symbol.asyncDispose]();
    const downMs = Math.round(performance.now() - began);
    console.info(`taken down in ${downMs} ms`);
    expect(downMs).toBeLessThan(5_000 * measureHostFactor());
    expect(await containersOf(place.runDirectory)).toEqual([]);
    const { disposed, reaper = null } = readDockerJournal(place.runDirectory) ?? {};
    expect([disposed, reaper !== null && isAlive(reaper)]).toEqual([true, false]);
    expect(readFileSync(join(place.runDirectory, "journals", "reaper.log"), "utf8")).toBe(""); // it had nothing to do
    const folder = join(place.runDirectory, "brokers", "broker-1");
    expect(existsSync(join(folder, "data"))).toBe(false);
    expect(readFileSync(join(folder, "log"), "utf8")).toContain("Kafka Server started");
  });
});
