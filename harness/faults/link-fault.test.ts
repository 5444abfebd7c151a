import { createServer, type Server, type Socket } from "node:net";
import { afterAll, expect, test } from "vitest";
import { until } from "../base/deadline.ts";
import { brokerId, memberId } from "../model/brand.ts";
import type { Link, LinkInjury } from "../model/environment.ts";
import type { CheckedFault } from "./checked-fault.ts";
import { faults } from "./catalogue.ts";

const signal = AbortSignal.timeout(60_000);
const cleanUps: (() => void)[] = [];
afterAll(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp();
});

/** What a connection to the fake proxy meets while its one injury is in force. */
type Manner = "answer" | "mute" | "reset" | number;

/** A proxy and broker in one: a TCP server that answers any request's correlation id, unless an injury is in force. */
async function fakeLink(
  manner: Manner,
  lies: { readonly readBack?: boolean; readonly healing?: boolean } = {},
): Promise<Link> {
  const injuries = new Map<string, LinkInjury>();
  const injured = (): Manner => (injuries.size > 0 ? manner : "answer");
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.on("data", (request) => answer(socket, request, injured()));
  });
  const port = await listen(server);
  return {
    from: memberId("member-1"),
    to: brokerId("broker-1"),
    address: `127.0.0.1:${port}`,
    apply: (injury) => Promise.resolve(void injuries.set(injury.name, injury)),
    remove: (name) => Promise.resolve(lies.healing === true ? undefined : void injuries.delete(name)),
    readBack: () => Promise.resolve(lies.readBack === true ? [] : [...injuries.values()]),
  };
}

async function listen(server: Server): Promise<number> {
  const ready = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", ready.resolve);
  await ready.promise;
  cleanUps.push(() => server.close());
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

function answer(socket: Socket, request: Buffer, manner: Manner): void {
  if (manner === "mute") return;
  if (manner === "reset") return void socket.resetAndDestroy();
  const reply = Buffer.alloc(10);
  reply.writeInt32BE(6, 0);
  request.copy(reply, 4, 8, 12);
  if (manner === "answer") socket.end(reply);
  else setTimeout(() => socket.end(reply), manner);
}

function faultOf(kind: string): CheckedFault {
  const fault = faults.get(kind);
  if (fault === undefined) throw new Error(`no ${kind}`);
  return fault;
}

/** Whether the fault was proven active, and then proven healed. */
async function activeThenHealed(kind: string, params: unknown, links: readonly Link[]): Promise<readonly boolean[]> {
  const active = await faultOf(kind).prepare({ kind: "links", links }, params).inject(signal);
  const before = await active.probe(signal);
  await active[Symbol.asyncDispose]();
  const after = await active.probe(signal);
  return [before.active, !after.active];
}

test.concurrent("hold is proven by silence and healed by an answer", async () => {
  expect(await activeThenHealed("hold", {}, [await fakeLink("mute")])).toEqual([true, true]);
  expect(await activeThenHealed("hold", { direction: "to-member" }, [await fakeLink("mute")])).toEqual([true, true]);
});

test.concurrent("delay is proven by an answer as late as the latency", async () => {
  expect(await activeThenHealed("delay", { latencyMs: 80 }, [await fakeLink(90)])).toEqual([true, true]);
  expect(await activeThenHealed("delay", { latencyMs: 400 }, [await fakeLink("answer")])).toEqual([false, true]);
});

test.concurrent("a delay longer than the probe is proven by its silence", async () => {
  expect(await activeThenHealed("delay", { latencyMs: 5_000 }, [await fakeLink("mute")])).toEqual([true, true]);
});

test.concurrent("reset is proven by a connection that was reset", async () => {
  expect(await activeThenHealed("reset", {}, [await fakeLink("reset")])).toEqual([true, true]);
});

test.concurrent.each(["refuse", "reset"])("after a %s a link that is silent is not sound yet", async (kind) => {
  const silent = await fakeLink("mute", { readBack: true, healing: true });
  expect(await activeThenHealed(kind, {}, [silent])).toEqual([false, false]);
});

test.concurrent("an injury that the proxy does not report is not proven, whatever the connection met", async () => {
  expect(await activeThenHealed("hold", {}, [await fakeLink("mute", { readBack: true })])).toEqual([false, true]);
});

test.concurrent("an injury without effect is not proven, whatever the proxy reports", async () => {
  expect(await activeThenHealed("hold", {}, [await fakeLink("answer")])).toEqual([false, true]);
});

test.concurrent("an injury that stays after healing is not proven healed", async () => {
  expect(await activeThenHealed("hold", {}, [await fakeLink("mute", { healing: true })])).toEqual([true, false]);
});

test.concurrent("one link of several without the injury leaves the whole fault unproven", async () => {
  const links = [await fakeLink("mute"), await fakeLink("answer")];
  expect(await activeThenHealed("hold", {}, links)).toEqual([false, true]);
});

test.concurrent("a fault that cannot be applied to every link is applied to none", async () => {
  const sound = await fakeLink("mute");
  const broken: Link = { ...(await fakeLink("mute")), apply: () => Promise.reject(new Error("no proxy")) };
  const prepared = faultOf("hold").prepare({ kind: "links", links: [sound, broken] }, {});
  await expect(prepared.inject(signal)).rejects.toThrow("no proxy");
  expect(await sound.readBack(signal)).toEqual([]);
});

test.concurrent("a fault that was applied in part and cannot be taken back says so", async () => {
  const stuck: Link = { ...(await fakeLink("mute")), remove: () => Promise.reject(new Error("no side-car")) };
  const broken: Link = { ...(await fakeLink("mute")), apply: () => Promise.reject(new Error("no proxy")) };
  const prepared = faultOf("hold").prepare({ kind: "links", links: [stuck, broken] }, {});
  await expect(prepared.inject(signal)).rejects.toMatchObject({ name: "StillInjured" });
});

test.concurrent("the undo names every injury of every link before anything is injured", async () => {
  const links = [await fakeLink("mute")];
  expect(faultOf("hold").prepare({ kind: "links", links }, {}).undo).toEqual([
    { kind: "remove-link-injury", link: "member-1→broker-1", injury: "hold-to-broker" },
    { kind: "remove-link-injury", link: "member-1→broker-1", injury: "hold-to-member" },
  ]);
});

test.concurrent("bandwidth and slice are proven by an answer as late as the probe's own bytes make it", async () => {
  // 29 bytes there and 10 back: 39 ms at 1 kB/s, 37 pauses when every byte is a piece.
  expect(await activeThenHealed("bandwidth", { rate: 1 }, [await fakeLink(45)])).toEqual([true, true]);
  expect(await activeThenHealed("bandwidth", { rate: 1 }, [await fakeLink("mute")])).toEqual([true, true]);
  const params = { bytes: 1, pauseMicros: 10_000 };
  expect(await activeThenHealed("slice", params, [await fakeLink(400)])).toEqual([true, true]);
  expect(await activeThenHealed("slice", params, [await fakeLink("answer")])).toEqual([false, true]);
});

test.concurrent("what a probe's few bytes cannot show rests on the means' account, and the proof says so", async () => {
  const links = [await fakeLink("answer")];
  const active = await faultOf("bandwidth").prepare({ kind: "links", links }, { rate: 5_000 }).inject(signal);
  expect(await active.probe(signal)).toEqual({
    active: true,
    proof: [
      {
        link: "member-1→broker-1",
        inForce: ["bandwidth-to-broker", "bandwidth-to-member"],
        others: [],
        connection: "answered",
        afterMs: expect.any(Number),
        unseen: "29 + 10 bytes pass in less than 20 ms: the means' account alone",
      },
    ],
  });
  const denied = [await fakeLink("answer", { readBack: true })];
  expect(await activeThenHealed("bandwidth", { rate: 5_000 }, denied)).toEqual([false, true]);
});

test.concurrent("jitter is proven by the least latency", async () => {
  const params = { leastMs: 150, mostMs: 200, everyMs: 300 };
  expect(await activeThenHealed("jitter", params, [await fakeLink(350)])).toEqual([true, true]);
  expect(await activeThenHealed("jitter", params, [await fakeLink("answer")])).toEqual([false, true]);
});

/** The latencies of so many changes. */
async function latenciesOf(seed: number, changes: number): Promise<readonly number[]> {
  const seen: number[] = [];
  const enough = Promise.withResolvers<void>();
  const fake = await fakeLink("answer");
  const link: Link = {
    ...fake,
    apply(injury, applying) {
      if (injury.kind === "delay") seen.push(injury.latencyMs);
      if (seen.length >= changes) enough.resolve();
      return fake.apply(injury, applying);
    },
  };
  const params = { leastMs: 1, mostMs: 99, everyMs: 100, seed, direction: "to-broker" };
  const active = await faultOf("jitter")
    .prepare({ kind: "links", links: [link] }, params)
    .inject(signal);
  await enough.promise;
  await active[Symbol.asyncDispose]();
  expect(await link.readBack(signal)).toEqual([]);
  return seen.slice(0, changes);
}

test.concurrent(
  "jitter draws its latencies anew, the same ones from the same seed, and stops when it is healed",
  async () => {
    const [first, again, other] = await Promise.all([latenciesOf(7, 4), latenciesOf(7, 4), latenciesOf(8, 4)]);
    expect(new Set(first).size).toBe(4);
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
  },
);

test.concurrent("a latency that could not be changed makes the healing fail, with nothing left in force", async () => {
  const fake = await fakeLink("answer");
  let applied = 0;
  const link: Link = {
    ...fake,
    apply: (injury, applying) => (++applied > 1 ? Promise.reject(new Error("no proxy")) : fake.apply(injury, applying)),
  };
  const params = { leastMs: 1, mostMs: 9, everyMs: 50, direction: "to-broker" };
  const active = await faultOf("jitter")
    .prepare({ kind: "links", links: [link] }, params)
    .inject(signal);
  await until({ what: "a change", timeoutMs: 5_000, signal, remedy: "none" }, () => (applied > 1 ? true : undefined));
  await expect(active[Symbol.asyncDispose]()).rejects.toThrow("the latency could not be changed");
  expect(await fake.readBack(signal)).toEqual([]);
});

test("hold is proven by a connection that does not come about, too, where the proxy reports it", async () => {
  // To the broadcast address the kernel makes no connection.
  const outOfReach = (link: Link): Link => ({
    ...link,
    get address() {
      return held ? "255.255.255.255:9" : link.address;
    },
    apply: (injury, applying) => ((held = true), link.apply(injury, applying)),
    remove: (name, removing) => ((held = false), link.remove(name, removing)),
  });
  let held = false;
  expect(await activeThenHealed("hold", {}, [outOfReach(await fakeLink("answer"))])).toEqual([true, true]);
  expect(await activeThenHealed("hold", {}, [outOfReach(await fakeLink("mute", { readBack: true }))])).toEqual([
    false,
    true,
  ]);
});
