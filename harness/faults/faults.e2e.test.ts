import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { pinnedBrokers } from "../environment/cluster/broker-versions.ts";
import { createEnvironment } from "../environment/create.ts";
import { memberId, type BrokerId, type MemberId } from "../model/brand.ts";
import type { Environment, MemberLaunch, Process } from "../model/environment.ts";
import type { HistoryEvent } from "../model/event.ts";
import { FakeHistory } from "../model/events.fixture.ts";
import { outstandingFaults } from "./journal.ts";
import type { ProcessTarget } from "./process-fault.ts";
import { createResolver } from "./resolver.ts";
import { startFaults } from "./scheduler.ts";

/** A member that only serves a control port. */
const launch: MemberLaunch = {
  version: "v1",
  argv: [
    "node",
    "-e",
    "const s = require('node:net').createServer(() => {}); s.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ rollproof: 1, seq: 0, kind: 'listening', task: null, body: { port: s.address().port } })))",
  ],
  env: {},
  config: {},
  variables: {},
  image: null,
  mounts: [],
};
const member = memberId("member-1");
const signal = new AbortController().signal;
let directory = "";
let environment: Environment;
let running: Process;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "rollproof-faults-e2e-"));
  environment = await createEnvironment(
    { kind: "process", reason: "process: asked for" },
    { runDirectory: directory, brokers: pinnedBrokers(1), memberSlots: 1, brokerConfig: {} },
    signal,
  );
  running = await environment.startMember(member, launch, "fresh");
  await running.endpoint("control");
});

afterAll(async () => {
  await environment[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
});

function processTarget(id: MemberId | BrokerId): Omit<ProcessTarget, "peers"> {
  const broker = environment.brokers.find((each) => each === id);
  if (broker === undefined)
    return {
      kind: "process",
      process: running,
      serves: null,
      hasPort: true,
      restart: async () => (running = await environment.startMember(member, launch, "keep")),
    };
  return {
    kind: "process",
    process: environment.broker(broker),
    hasPort: true,
    serves: environment.directBootstrap[environment.brokers.indexOf(broker)] ?? null,
    restart: (signal) => environment.startBroker(broker, { disk: "keep" }, signal),
  };
}

/** Lets one fault live its whole life and returns its events. */
async function live(
  kind: string,
  target: string,
  params: Readonly<Record<string, unknown>>,
): Promise<readonly HistoryEvent[]> {
  const history = new FakeHistory();
  await using faults = await startFaults({
    plan: {
      faults: [{ id: "fault-1", kind, target, pick: 0, trigger: { kind: "time", atMs: 0 }, forMs: 200, params }],
    },
    record: history.record,
    subscribe: history.subscribe,
    resolve: createResolver({
      view: {
        members: environment.memberSlots,
        brokers: environment.brokers,
        owner: () => member,
        leader: () => environment.brokers[0] ?? null,
        coordinator: () => environment.brokers[0] ?? null,
        isCoordinated: false,
      },
      process: processTarget,
      coordinator: () => {
        throw new Error("no upgrade here");
      },
      link: (from, to) => environment.link(from, to),
    }),
    points: { arm: () => Promise.resolve(), release: () => Promise.resolve() },
    onCommits: () => ({ [Symbol.dispose]: () => undefined }),
    journalDirectory: join(directory, "journals"),
    signal,
    hostFactor: 1,
  });
  history.record({ kind: "time-zero" });
  await faults.allOver(10_000);
  return history.events;
}

/** The proofs of a life, or what came instead. */
function proofs(events: readonly HistoryEvent[]): unknown {
  return events.flatMap((event): readonly unknown[] => {
    if (event.kind === "fault-probed-active") return [{ active: event.active, proof: event.proof }];
    if (event.kind === "fault-probed-healed") return [{ healed: event.healed, proof: event.proof }];
    return event.kind === "fault-unfired" ? [event.why] : [];
  });
}

const link = "link member-1 broker-*";
const through = { link: "member-1→broker-1", others: [], afterMs: expect.any(Number) };
const sound = { ...through, inForce: [], connection: "answered" };

test.each([
  ["hold", { direction: "both" }, { inForce: ["hold-to-broker", "hold-to-member"], connection: "mute" }],
  ["hold", { direction: "to-broker" }, { inForce: ["hold-to-broker"], connection: "mute" }],
  ["hold", { direction: "to-member" }, { inForce: ["hold-to-member"], connection: "mute" }],
  ["delay", { latencyMs: 150, direction: "to-broker" }, { inForce: ["delay-to-broker"], connection: "answered" }],
  ["delay", { latencyMs: 5_000 }, { inForce: ["delay-to-broker", "delay-to-member"], connection: "mute" }],
  ["bandwidth", { rate: 4 }, { inForce: ["bandwidth-to-broker", "bandwidth-to-member"], connection: "answered" }],
  [
    "bandwidth",
    { rate: 50_000, direction: "to-member" },
    { inForce: ["bandwidth-to-member"], connection: "answered", unseen: expect.stringContaining("the means' account") },
  ],
  [
    "slice",
    { bytes: 5, pauseMicros: 8_000, direction: "to-broker" },
    { inForce: ["slice-to-broker"], connection: "answered" },
  ],
  [
    "jitter",
    { leastMs: 60, mostMs: 90, everyMs: 120 },
    { inForce: ["jitter-to-broker", "jitter-to-member"], connection: "answered" },
  ],
  ["refuse", {}, { inForce: ["refuse"], connection: "refused" }],
  ["reset", { direction: "to-broker" }, { inForce: ["reset"], connection: "reset" }],
  ["reset", { direction: "to-member" }, { inForce: ["reset"], connection: "reset" }],
])("%s %o is proven by the proxy and by a connection, and so is its healing", async (kind, params, injured) => {
  expect(proofs(await live(kind, link, params))).toEqual([
    { active: true, proof: [{ ...through, ...injured }] },
    { healed: true, proof: [sound] },
  ]);
});

test.each(["member-1", "leader of payments-0"])("a pause of %s is proven by the operating system", async (target) => {
  const of = processTarget(target === "member-1" ? member : (environment.brokers[0] ?? member)).process;
  const who = { process: of.id, incarnation: of.incarnation, pid: of.pid };
  expect(proofs(await live("pause", target, {}))).toEqual([
    { active: true, proof: { ...who, state: "stopped" } },
    { healed: true, proof: { ...who, state: "running" } },
  ]);
});

test.each(["owner of payments-0", "broker-1"])(
  "a crash of %s is proven by the operating system and a dead port, and healed by a successor that serves",
  async (target) => {
    const process = target === "broker-1" ? "broker-1" : "member-1";
    const address = expect.stringMatching(/^127\.0\.0\.1:\d+$/u);
    expect(proofs(await live("crash", target, {}))).toEqual([
      { active: true, proof: { process, incarnation: 1, state: "gone", address, accepts: false } },
      { healed: true, proof: { process, incarnation: 2, state: "running", address, accepts: true } },
    ]);
  },
);

test("a stop of a member is an end in its grace, healed by a successor that serves", async () => {
  const { incarnation } = running;
  const process = { process: "member-1", address: expect.stringMatching(/^127\.0\.0\.1:\d+$/u) };
  expect(proofs(await live("stop", "member-1", {}))).toEqual([
    {
      active: true,
      proof: {
        process: { ...process, incarnation, state: "gone", accepts: false },
        how: { graceMs: 10_000, outlived: false, code: null, signal: "SIGTERM" },
      },
    },
    {
      healed: true,
      proof: {
        process: { ...process, incarnation: incarnation + 1, state: "running", accepts: true },
        how: { graceMs: 10_000, outlived: false, code: null, signal: "SIGTERM" },
      },
    },
  ]);
});

test("after every life the journal has nothing outstanding", () => {
  expect(outstandingFaults(join(directory, "journals"))).toEqual([]);
});
