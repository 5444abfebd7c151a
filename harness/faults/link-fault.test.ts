import { createServer, type Server, type Socket } from "node:net";
import { afterAll, expect, test } from "vitest";
import { brokerId, memberId } from "../model/brand.ts";
import type { Link, LinkInjury } from "../model/environment.ts";
import type { CheckedFault } from "./checked-fault.ts";
import { faults } from "./catalogue.ts";

const signal = AbortSignal.timeout(10_000);
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
  expect(await activeThenHealed("delay", { latencyMs: 200 }, [await fakeLink(20)])).toEqual([false, true]);
});

test.concurrent("a delay longer than the probe is proven by its silence", async () => {
  expect(await activeThenHealed("delay", { latencyMs: 5_000 }, [await fakeLink("mute")])).toEqual([true, true]);
});

test.concurrent("reset is proven by a connection that was reset", async () => {
  expect(await activeThenHealed("reset", {}, [await fakeLink("reset")])).toEqual([true, true]);
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

test.concurrent("the undo names every injury of every link before anything is injured", async () => {
  const links = [await fakeLink("mute")];
  expect(faultOf("hold").prepare({ kind: "links", links }, {}).undo).toEqual([
    { kind: "remove-link-injury", link: "member-1→broker-1", injury: "hold-to-broker" },
    { kind: "remove-link-injury", link: "member-1→broker-1", injury: "hold-to-member" },
  ]);
});
