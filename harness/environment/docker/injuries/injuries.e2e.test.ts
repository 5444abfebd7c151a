import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { brokerId, memberId } from "../../../model/brand.ts";
import type { Environment, InjuryInForce, Process, ProcessInjury } from "../../../model/environment.ts";
import { brokerFiles } from "../../cluster/broker-files.ts";
import { pinnedBrokers } from "../../cluster/broker-versions.ts";
import { createEnvironment } from "../../create.ts";
import { makePlace } from "../../process/trivial-member.fixture.ts";
import { commandIn, type Answer, type Command } from "../containers/command.ts";
import { connectEngine } from "../daemon/engine.ts";
import { labels } from "../containers/labels.ts";
import { dockerTests } from "../daemon/required.fixture.ts";

const docker = await dockerTests();
const patience = (): AbortSignal => AbortSignal.timeout(60_000);

describe.skipIf(!docker.run)("what containers are made to suffer", () => {
  const place = makePlace();
  const [one, two] = [brokerId("broker-1"), brokerId("broker-2")];
  let environment: Environment;

  beforeAll(async () => {
    environment = await createEnvironment(
      { kind: "docker", reason: "test" },
      { ...place, brokers: pinnedBrokers(2), memberSlots: 1, brokerConfig: {}, skewableClocks: true },
      patience(),
    );
  });

  afterAll(async () => {
    await environment[Symbol.asyncDispose]();
    place[Symbol.dispose]();
  });

  async function startMember(): Promise<Process> {
    const member = await environment.startMember(memberId("member-1"), place.member, "keep");
    await member.endpoint("control");
    return member;
  }

  /** Probes until the answer is the wanted one: an answer may be a second old, and a dial come too late for its second. */
  async function untilProbed(inForce: InjuryInForce, active: boolean, wanted: object = {}): Promise<unknown> {
    let proof: unknown = null;
    await expect
      .poll(
        async () => {
          const seen = await inForce.probe(patience());
          proof = seen.proof;
          return seen;
        },
        { timeout: 10_000 },
      )
      .toMatchObject({ active, proof: wanted });
    return proof;
  }

  async function living(role: string): Promise<Command> {
    const engine = await connectEngine();
    const filters = { label: [`${labels.run}=${basename(place.runDirectory)}`, `${labels.role}=${role}`] };
    const [found] = await engine.container.dockerode.listContainers({ filters });
    return commandIn(engine, engine.container.getById(found?.Id ?? ""));
  }

  /** Whether the other broker reaches the one that is cut: seen from a container without any rule. */
  async function broker2Hears(): Promise<boolean> {
    const config = await readFile(brokerFiles(place.runDirectory, one).config, "utf8");
    const [, host = "", port = ""] = /^advertised\.listeners=.*?INTERNAL:\/\/([^:,]+):(\d+)/m.exec(config) ?? [];
    const dial = ["timeout", "1", "bash", "-c", 'exec 3<>"/dev/tcp/$0/$1"', host, port];
    return (await (await living("broker-2"))(dial)).exitCode === 0;
  }

  /** Uses far more memory than was left in the member's container, and tells how the killer looks at its process 1. */
  async function takesMuch(): Promise<Answer> {
    const script = "head -c 200000000 /dev/zero | tail > /dev/null && cat /proc/1/oom_score_adj";
    return await (
      await living("member-1")
    )(["sh", "-c", script]);
  }

  /** Does the injury, proves it, gives it back, proves that; the two proofs. */
  async function suffer(process: Process, injury: ProcessInjury, healed: object = {}): Promise<readonly unknown[]> {
    const inForce = await process.injure(injury, patience());
    const during = await untilProbed(inForce, true);
    await inForce[Symbol.asyncDispose]();
    await inForce[Symbol.asyncDispose](); // twice is once
    return [during, await untilProbed(inForce, false, healed)];
  }

  const reached = { rules: [], dialled: { "broker-2": "reached" } };

  test.each([
    ["both", [/^rollproof:cut-\d+:broker-2:INPUT$/, /^rollproof:cut-\d+:broker-2:OUTPUT$/]],
    ["in", [/^rollproof:cut-\d+:broker-2:INPUT$/]],
    ["out", [/^rollproof:cut-\d+:broker-2:OUTPUT$/]],
  ] as const)("a broker that is cut (%s) reaches the other one again after the heal", async (way, rules) => {
    expect(await suffer(environment.broker(one), { kind: "cut", from: [two], way }, reached)).toEqual([
      { rules: rules.map((rule) => expect.stringMatching(rule)), dialled: { "broker-2": "silent" } },
      reached,
    ]);
  });

  test.each(["the first", "the second"])(
    "of two cuts that overlap the other one holds when %s is healed, and none after both",
    async (first) => {
      const broker = environment.broker(one);
      const cuts = [
        await broker.injure({ kind: "cut", from: [two], way: "both" }, patience()),
        await broker.injure({ kind: "cut", from: [two], way: "both" }, patience()),
      ];
      if (first === "the second") cuts.reverse();
      const [healed, other] = cuts;
      if (healed === undefined || other === undefined) throw new Error("two cuts were made");
      expect(await broker2Hears()).toBe(false);
      await healed[Symbol.asyncDispose]();
      expect(await untilProbed(healed, false)).toEqual({ rules: [], dialled: { "broker-2": "silent" } });
      expect(await other.probe(patience())).toMatchObject({ active: true });
      expect(await broker2Hears()).toBe(false);
      await other[Symbol.asyncDispose]();
      expect(await untilProbed(other, false, reached)).toEqual(reached);
      expect(await broker2Hears()).toBe(true);
    },
  );

  test("processor time is rationed, as the kernel's count of throttled periods shows", async () => {
    const rationed = { quota: 20_000, period: 100_000, throttledPeriods: expect.any(Number) };
    const free = { quota: -1, period: 100_000, throttledPeriods: 0 };
    const injury = { kind: "throttle-cpu", percent: 20 } as const;
    expect(await suffer(environment.broker(one), injury)).toEqual([rationed, free]);
    const member = await startMember();
    expect(await suffer(member, injury)).toEqual([rationed, free]);
    await member.do("crash", patience());
  });

  test("off the network a process answers nobody; back on it, its published port and its address are the old ones", async () => {
    const member = await startMember();
    for (const process of [environment.broker(one), member]) {
      const [during, after] = await suffer(process, { kind: "disconnect" });
      expect(during).toMatchObject({ state: "running", address: null, answering: [false] });
      expect(after).toMatchObject({ state: "running", address: expect.stringMatching(/^\d/), answering: [true] });
    }
    await member.do("crash", patience());
  });

  test("a member that serves nothing is off the network, and back by the daemon's account", async () => {
    const silent = { ...place.member, argv: ["sleep", "600"], mounts: [] };
    const member = await environment.startMember(memberId("member-1"), silent, "keep");
    const [during, after] = await suffer(member, { kind: "disconnect" });
    expect(during).toMatchObject({ address: null, before: [false], answering: [false] });
    expect(after).toMatchObject({ address: expect.stringMatching(/^\d/), before: [false], answering: [false] });
    await member.do("crash", patience());
  });

  test("a member's clock is off, ahead and behind, and right again", async () => {
    const member = await startMember();
    for (const offsetMs of [60_000, -5_000]) {
      const [during] = await suffer(member, { kind: "skew-clock", offsetMs });
      expect(during).toMatchObject({ offsetMs });
    }
    await member.do("crash", patience());
    await expect(environment.broker(one).injure({ kind: "skew-clock", offsetMs: 1_000 }, patience())).rejects.toThrow(
      "broker-1 was started with the machine's clock",
    );
  });

  test("exhausted memory ends a process by the kernel's killer, and the disk it leaves serves its successor", async () => {
    const killed = { outOfMemory: true, running: false, code: 137 };
    for (const process of [await startMember(), environment.broker(two)]) {
      const inForce = await process.injure({ kind: "exhaust-memory" }, patience());
      expect(await process.ended).toEqual({ code: null, signal: "SIGKILL" });
      expect(await untilProbed(inForce, true)).toEqual({ ...killed, givenBack: false });
      await inForce[Symbol.asyncDispose]();
      expect(await untilProbed(inForce, false)).toEqual({ ...killed, givenBack: true });
    }
    await environment.startBroker(two, { disk: "keep" }, patience());
    const member = await startMember();
    expect(member.incarnation).toBeGreaterThan(1);
    await member.do("crash", patience());
  });

  test("memory that is given back before the kernel's killer came is there again, and the process is spared", async () => {
    const member = await startMember();
    await member.do("pause", patience()); // nothing can be taken in it
    const inForce = await member.injure({ kind: "exhaust-memory" }, patience());
    expect(await inForce.probe(patience())).toMatchObject({
      active: false,
      proof: { running: true, givenBack: false },
    });
    await inForce[Symbol.asyncDispose]();
    await member.do("resume", patience());
    expect(await inForce.probe(patience())).toMatchObject({ active: false, proof: { running: true, givenBack: true } });
    expect(await takesMuch()).toMatchObject({ exitCode: 0, output: "0\n" });
    expect(await member.state()).toBe("running");
    await member.do("crash", patience());
  });

  test("healed at the very moment, exhausted memory has killed or leaves no limit; either way it is over", async () => {
    const ends: string[] = [];
    for (let round = 1; round <= 3; round++) {
      const member = await startMember();
      const inForce = await member.injure({ kind: "exhaust-memory" }, patience());
      await inForce[Symbol.asyncDispose]();
      expect(await inForce.probe(patience())).toMatchObject({ active: false });
      ends.push(await member.state());
      if (ends.at(-1) === "running") expect(await takesMuch()).toMatchObject({ exitCode: 0, output: "0\n" });
      await member.do("crash", patience());
    }
    console.info(`healed at once: ${ends.join(", ")}`);
  });

  test.each([
    { kind: "disconnect" },
    { kind: "throttle-cpu", percent: 50 },
    { kind: "skew-clock", offsetMs: 9_000 },
  ] as const)("what $kind took of a process that has ended is given back without complaint", async (injury) => {
    const member = await startMember();
    const inForce = await member.injure(injury, patience());
    await member.do("crash", patience());
    expect(await inForce.probe(patience())).toMatchObject({ active: injury.kind === "disconnect" });
    await inForce[Symbol.asyncDispose]();
    expect(await inForce.probe(patience())).toMatchObject({ active: false });
  });

  test("a disk without a size of its own cannot be filled", async () => {
    await expect(environment.broker(one).injure({ kind: "fill-disk" }, patience())).rejects.toMatchObject({
      code: "capability-missing",
    });
  });
});
