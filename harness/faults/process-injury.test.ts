import { createServer } from "node:net";
import { afterAll, expect, test } from "vitest";
import { brokerId } from "../model/brand.ts";
import type { Exit, Process, ProcessInjury } from "../model/environment.ts";
import type { FaultTarget } from "../model/fault.ts";
import { faults } from "./catalogue.ts";
import type { CheckedFault } from "./checked-fault.ts";

const signal = AbortSignal.timeout(10_000);
const cleanUps: (() => void)[] = [];
afterAll(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp();
});

interface Manners {
  /** The injury shows; otherwise its probe denies it. */
  readonly shows?: boolean;
  /** It goes on showing after it was given back. */
  readonly lingers?: boolean;
  /** The process dies of an injury; late: when it has everything back already. */
  readonly dies?: boolean | "late";
  /** It does not hear SIGTERM. */
  readonly isDeaf?: boolean;
  readonly isBroker?: boolean;
}

/** A process that notes what is done to it, in order, and the successor that its restart brings up. */
class FakeProcess {
  readonly done: string[] = [];
  readonly #ended = Promise.withResolvers<Exit>();
  readonly #manners: Manners;
  readonly #address: string;
  #state: "running" | "gone" = "running";
  #injured = false;

  constructor(manners: Manners, address: string) {
    this.#manners = manners;
    this.#address = address;
  }

  end(exit: Exit): void {
    this.#state = "gone";
    this.#ended.resolve(exit);
  }

  target(): Extract<FaultTarget, { readonly kind: "process" }> {
    const { isBroker = false } = this.#manners;
    return {
      kind: "process",
      process: this.#process(1),
      hasPort: true,
      serves: isBroker ? this.#address : null,
      peers: [brokerId("broker-2"), brokerId("broker-3")],
      restart: () => {
        this.done.push("restart");
        this.#state = "running";
        return Promise.resolve(this.#process(2));
      },
    };
  }

  #process(incarnation: number): Process {
    return {
      id: this.#manners.isBroker === true ? "broker-1" : "member-1",
      incarnation,
      pid: 7,
      version: null,
      ended: this.#ended.promise,
      do: (verb, doing) => this.#do(verb, doing),
      injure: (injury) => Promise.resolve(this.#injure(injury)),
      dataDirectory: null,
      copyDisk: () => Promise.reject(new Error("no disk")),
      endpoint: () => Promise.resolve(this.#address),
      state: () => Promise.resolve(this.#state),
      lines: () => undefined,
      dropped: () => undefined,
      logTail: () => Promise.resolve(""),
    };
  }

  async #do(verb: string, doing: AbortSignal): Promise<void> {
    this.done.push(verb);
    if (verb === "stop" && this.#manners.isDeaf === true) {
      const late = Promise.withResolvers<never>();
      doing.addEventListener("abort", () => late.reject(doing.reason), { once: true });
      return await late.promise;
    }
    this.end(verb === "stop" ? { code: 143, signal: null } : { code: null, signal: "SIGKILL" });
  }

  #injure(injury: ProcessInjury): Awaited<ReturnType<Process["injure"]>> {
    const { shows = true, lingers = false, dies = false } = this.#manners;
    this.done.push(JSON.stringify(injury));
    this.#injured = shows;
    if (dies === true) this.end({ code: null, signal: "SIGKILL" });
    return {
      probe: () => Promise.resolve({ active: this.#injured, proof: "looked" }),
      [Symbol.asyncDispose]: () => {
        this.done.push("give back");
        this.#injured = lingers;
        if (dies === "late") setTimeout(() => this.end({ code: 1, signal: null }), 20);
        return Promise.resolve();
      },
    };
  }
}

/** `host:port` that accepts: only what is asked of a process that lives uses it. */
async function serving(): Promise<string> {
  const server = createServer((socket) => socket.destroy());
  const ready = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", ready.resolve);
  await ready.promise;
  cleanUps.push(() => server.close());
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return `127.0.0.1:${address.port}`;
}

/** `host:port` that nobody serves. */
const dead = "127.0.0.1:1";

function faultOf(kind: string): CheckedFault {
  const fault = faults.get(kind);
  if (fault === undefined) throw new Error(`no ${kind}`);
  return fault;
}

interface Lived {
  readonly active: boolean;
  readonly healed: boolean;
  readonly done: readonly string[];
}

async function live(kind: string, params: unknown, manners: Manners, address = dead): Promise<Lived> {
  const fake = new FakeProcess(manners, address);
  const active = await faultOf(kind).prepare(fake.target(), params).inject(signal);
  const before = await active.probe(signal);
  await active[Symbol.asyncDispose]();
  const after = await active.probe(signal);
  return { active: before.active, healed: !after.active, done: fake.done };
}

test.each([
  ["disconnect", {}, { kind: "disconnect" }],
  ["disk-full", {}, { kind: "fill-disk" }],
  ["clock-skew", { offsetMs: 5_000 }, { kind: "skew-clock", offsetMs: 5_000 }],
  ["clock-skew", { offsetMs: 5_000, towards: "past" }, { kind: "skew-clock", offsetMs: -5_000 }],
  ["cpu-throttle", { percent: 20 }, { kind: "throttle-cpu", percent: 20 }],
  ["cut-broker", {}, { kind: "cut", from: ["broker-2", "broker-3"], way: "both" }],
  ["cut-broker", { from: ["broker-3"], way: "in" }, { kind: "cut", from: ["broker-3"], way: "in" }],
])("%s %o is an injury of the living process, proven by its probe, and given back", async (kind, params, injury) => {
  expect(await live(kind, params, {})).toEqual({
    active: true,
    healed: true,
    done: [JSON.stringify(injury), "give back"],
  });
  expect(await live(kind, params, { shows: false })).toMatchObject({ active: false, healed: true });
  expect(await live(kind, params, { lingers: true })).toMatchObject({ active: true, healed: false });
});

test("a broker that died of its full disk gets the disk back first, and then has to serve again", async () => {
  const died = { dies: true, isBroker: true };
  const done = ['{"kind":"fill-disk"}', "give back", "restart"];
  expect(await live("disk-full", {}, died, await serving())).toEqual({ active: true, healed: true, done });
  expect(await live("disk-full", {}, died, dead)).toEqual({ active: true, healed: false, done });
});

test("a broker that dies of its full disk when there is room again already is brought up, too", async () => {
  const died = { dies: "late", isBroker: true } as const;
  const done = ['{"kind":"fill-disk"}', "give back", "restart"];
  expect(await live("disk-full", {}, died, await serving())).toEqual({ active: true, healed: true, done });
});

test("a broker that outlives an injury has to serve before it counts as healed", async () => {
  expect(await live("cpu-throttle", { percent: 20 }, { isBroker: true }, await serving())).toMatchObject({
    healed: true,
  });
  expect(await live("cpu-throttle", { percent: 20 }, { isBroker: true }, dead)).toMatchObject({ healed: false });
});

test("a member that died of its full disk is its supervisor's to start again", async () => {
  expect((await live("disk-full", {}, { dies: true })).done).toEqual(['{"kind":"fill-disk"}', "give back"]);
});

test("a broker is not cut from itself, from nobody, or from a broker that is not there", async () => {
  const fake = new FakeProcess({ isBroker: true }, dead);
  const cut = async (params: unknown, target = fake.target()): Promise<unknown> =>
    await faultOf("cut-broker").prepare(target, params).inject(signal);
  await expect(cut({ from: ["broker-1"] })).rejects.toThrow("broker-1 cannot be cut from broker-1");
  await expect(cut({ from: ["broker-9"] })).rejects.toThrow("the others are broker-2, broker-3");
  await expect(cut({}, { ...fake.target(), peers: [] })).rejects.toThrow("broker-1 is the only broker");
  expect(fake.done).toEqual([]);
});

test("out-of-memory is proven by the end and by who ended it, and healed by a successor on free memory", async () => {
  const done = ['{"kind":"exhaust-memory"}', "give back", "restart"];
  const fake = new FakeProcess({ dies: true }, dead);
  const active = await faultOf("out-of-memory").prepare(fake.target(), {}).inject(signal);
  expect(await active.probe(signal)).toEqual({
    active: true,
    proof: {
      process: { process: "member-1", incarnation: 1, state: "gone", address: dead, accepts: false },
      witness: "looked",
    },
  });
  expect(await live("out-of-memory", {}, { dies: true, shows: false })).toMatchObject({ active: false });
  await active[Symbol.asyncDispose]();
  expect(fake.done).toEqual(done);
  expect((await active.probe(signal)).active).toBe(true); // nobody serves there
});

test("out-of-memory that the run's end interrupts gives the memory back", async () => {
  const fake = new FakeProcess({}, dead);
  const interrupted = AbortSignal.timeout(50);
  await expect(faultOf("out-of-memory").prepare(fake.target(), {}).inject(interrupted)).rejects.toThrow();
  expect(fake.done).toEqual(['{"kind":"exhaust-memory"}', "give back"]);
});

test("a stop is an end by SIGTERM, and by SIGKILL for whoever outlives the grace; it heals by the next incarnation", async () => {
  const proven = async (manners: Manners): Promise<unknown> => {
    const fake = new FakeProcess(manners, dead);
    const active = await faultOf("stop").prepare(fake.target(), { graceMs: 100 }).inject(signal);
    const { active: isActive, proof } = await active.probe(signal);
    await active[Symbol.asyncDispose]();
    return { isActive, proof, done: fake.done };
  };
  const process = { process: "member-1", incarnation: 1, state: "gone", address: dead, accepts: false };
  expect(await proven({})).toEqual({
    isActive: true,
    proof: { process, how: { graceMs: 100, outlived: false, code: 143, signal: null } },
    done: ["stop", "restart"],
  });
  expect(await proven({ isDeaf: true })).toEqual({
    isActive: true,
    proof: { process, how: { graceMs: 100, outlived: true, code: null, signal: "SIGKILL" } },
    done: ["stop", "crash", "restart"],
  });
});

test("the undo of what was taken is data, named by process and injury, before anything is taken", () => {
  const undo = (kind: string, params: unknown = {}): unknown =>
    faultOf(kind).prepare(new FakeProcess({}, dead).target(), params).undo;
  expect(undo("disk-full")).toEqual([{ kind: "give-back", process: "member-1", injury: "fill-disk" }]);
  expect(undo("cut-broker")).toEqual([{ kind: "give-back", process: "member-1", injury: "cut" }]);
  expect(undo("stop")).toEqual([{ kind: "restart-process", process: "member-1" }]);
  expect(undo("out-of-memory")).toEqual([
    { kind: "give-back", process: "member-1", injury: "exhaust-memory" },
    { kind: "restart-process", process: "member-1" },
  ]);
});
