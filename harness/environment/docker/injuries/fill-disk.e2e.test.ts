import { readdirSync, readFileSync, statfsSync } from "node:fs";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { brokerId, memberId } from "../../../model/brand.ts";
import type { Environment, Process } from "../../../model/environment.ts";
import { advertisedBy } from "../../cluster/advertised.fixture.ts";
import { pinnedBrokers } from "../../cluster/broker-versions.ts";
import { createEnvironment } from "../../create.ts";
import { makePlace } from "../../process/trivial-member.fixture.ts";
import { connectEngine } from "../daemon/engine.ts";
import { labels } from "../containers/labels.ts";
import { dockerTests } from "../daemon/required.fixture.ts";

const docker = await dockerTests();
const patience = (): AbortSignal => AbortSignal.timeout(60_000);
const mebibyte = 1024 * 1024;
const slot = memberId("member-1");

describe.skipIf(!docker.run)("small disks, and what a full one does", () => {
  const place = makePlace();
  const [one, two] = [brokerId("broker-1"), brokerId("broker-2")];
  let environment: Environment;

  beforeAll(async () => {
    const smallDisks = new Set(["member", "broker"] as const);
    environment = await createEnvironment(
      { kind: "docker", reason: "test" },
      { ...place, brokers: pinnedBrokers(2), memberSlots: 1, brokerConfig: {}, smallDisks },
      patience(),
    );
  }, 90_000);

  afterAll(async () => {
    await environment?.[Symbol.asyncDispose]();
    place[Symbol.dispose]();
  });

  async function startMember(disk: "keep" | "fresh"): Promise<Process> {
    const member = await environment.startMember(slot, place.member, disk);
    await member.endpoint("control");
    return member;
  }

  /** Names of what the member has on its disk, by a copy. */
  async function kept(member: Process, copy: string): Promise<readonly string[]> {
    const to = join(place.runDirectory, copy);
    await member.copyDisk(to);
    return readdirSync(to).toSorted();
  }

  /** What a command says inside the process's own container, and its exit code. */
  async function inside(process: Process, argv: string[]): Promise<readonly [number, string]> {
    const { container } = await connectEngine();
    const label = [`${labels.run}=${basename(place.runDirectory)}`, `${labels.role}=${process.id}`];
    const [found] = await container.dockerode.listContainers({ filters: { label } });
    const { exitCode, output } = await container.exec(container.getById(found?.Id ?? ""), argv);
    return [exitCode, output];
  }

  test("a member's disk is kept over its ends, copied, and emptied when a fresh one is asked for", async () => {
    const first = await startMember("keep");
    await first.do("crash", patience());
    expect(await kept(first, "first")).toEqual(["incarnation-1"]);
    const second = await startMember("keep");
    await second.do("crash", patience());
    const { files } = await second.copyDisk(join(place.runDirectory, "second"));
    expect(files.map(({ name, bytes }) => [name, bytes])).toEqual([
      ["incarnation-1", 10],
      ["incarnation-2", 10],
    ]);
    expect(readFileSync(join(place.runDirectory, "second", "incarnation-1"), "utf8")).toBe("x".repeat(10));
    const third = await startMember("fresh");
    await third.do("crash", patience());
    expect(await kept(third, "third")).toEqual(["incarnation-3"]);
    // Nothing of it is on this machine's disk.
    expect(readdirSync(join(place.runDirectory, "members", slot, "data"))).toEqual([]);
  });

  test("on a full disk a member writes no byte, reads what is there, and finds no trace of what fills it", async () => {
    const member = await startMember("fresh");
    const data = join(place.runDirectory, "members", slot, "data");
    const before = statfsSync(place.runDirectory).bavail;
    const write = ["dd", "if=/dev/zero", `of=${join(data, "byte")}`, "bs=1", "count=1"];
    const inForce = await member.injure({ kind: "fill-disk" }, patience());
    expect(await inForce.probe(patience())).toEqual({
      active: true,
      proof: { state: "running", diskBytes: 64 * mebibyte, freeBytes: 0, oneByte: "ENOSPC" },
    });
    const [code, output] = await inside(member, write);
    expect([code === 0, output]).toEqual([false, expect.stringContaining("No space left on device")]);
    expect((await inside(member, ["ls", data]))[1].trim().split("\n").toSorted()).toEqual(["byte", "incarnation-4"]);
    expect((await inside(member, ["cat", join(data, "incarnation-4")]))[1]).toBe("x".repeat(10));
    // The ballast takes what becomes free.
    await inside(member, ["rm", join(data, "incarnation-4")]);
    await expect.poll(async () => (await inForce.probe(patience())).active, { timeout: 10_000 }).toBe(true);
    expect(Math.abs(before - statfsSync(place.runDirectory).bavail)).toBeLessThan(before / 20);
    await inForce[Symbol.asyncDispose]();
    await inForce[Symbol.asyncDispose](); // twice is once
    expect(await inForce.probe(patience())).toMatchObject({ active: false, proof: { oneByte: "written" } });
    expect((await inside(member, write))[0]).toBe(0);
    await member.do("crash", patience());
    expect(await kept(member, "healed")).toEqual(["byte"]);
  });

  test("the disk of a process that has ended is full until it is given back", async () => {
    const member = await startMember("keep");
    const inForce = await member.injure({ kind: "fill-disk" }, patience());
    await member.do("crash", patience());
    expect(await inForce.probe(patience())).toMatchObject({ active: true, proof: { state: "gone" } });
    const next = await environment.startMember(slot, place.member, "keep");
    await expect(next.endpoint("control")).rejects.toThrow("ENOSPC");
    await inForce[Symbol.asyncDispose]();
    expect(await inForce.probe(patience())).toMatchObject({ active: false, proof: { state: "gone" } });
    await (await startMember("keep")).do("crash", patience());
  });

  test("a broker dies of its full disk, and serves again on it when there is room", async () => {
    const broker = environment.broker(two);
    const serving = await advertisedBy(environment.link(slot, one).address);
    const began = performance.now();
    const inForce = await broker.injure({ kind: "fill-disk" }, patience());
    const exit = await broker.ended;
    console.info(`the broker ended ${JSON.stringify(exit)} ${Math.round(performance.now() - began)} ms after`);
    expect(exit).not.toMatchObject({ code: 0 });
    expect(await inForce.probe(patience())).toEqual({
      active: true,
      proof: { state: "gone", diskBytes: 256 * mebibyte, freeBytes: 0, oneByte: "ENOSPC" },
    });
    await inForce[Symbol.asyncDispose]();
    expect(await inForce.probe(patience())).toMatchObject({ active: false, proof: { state: "gone" } });
    expect(readFileSync(join(place.runDirectory, "brokers", two, "log"), "utf8")).toContain("No space left on device");
    await environment.startBroker(two, { disk: "keep" }, patience());
    expect(await advertisedBy(environment.link(slot, one).address)).toEqual(serving);
    expect(await advertisedBy(environment.link(slot, two).address)).toEqual(serving);
  });
});
