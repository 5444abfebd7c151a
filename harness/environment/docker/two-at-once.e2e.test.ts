import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { brokerId, memberId } from "../../model/brand.ts";
import type { Environment } from "../../model/environment.ts";
import { advertisedBy } from "../cluster/advertised.fixture.ts";
import { pinnedBrokers } from "../cluster/broker-versions.ts";
import { createEnvironment } from "../create.ts";
import { makePlace } from "../process/trivial-member.fixture.ts";
import { connectEngine } from "./daemon/engine.ts";
import { labels } from "./containers/labels.ts";
import { dockerTests } from "./daemon/required.fixture.ts";

const docker = await dockerTests();
const [slot, one] = [memberId("member-1"), brokerId("broker-1")];
const patience = (): AbortSignal => AbortSignal.timeout(90_000);

/** An environment with its member, and what is the run's own on the machine. */
interface Running {
  readonly environment: Environment;
  readonly control: string;
  readonly taken: readonly string[];
}

async function start(run: string): Promise<Running> {
  const place = makePlace();
  const runDirectory = join(place.runDirectory, "..", run);
  const spec = { runDirectory, brokers: pinnedBrokers(1), memberSlots: 1, brokerConfig: {} };
  const environment = await createEnvironment({ kind: "docker", reason: "test" }, spec, patience());
  onTestFinished(async () => {
    await environment[Symbol.asyncDispose]();
    place[Symbol.dispose]();
  });
  const member = await environment.startMember(slot, place.member, "fresh");
  return { environment, control: await member.endpoint("control"), taken: await takenBy(run) };
}

/** Names of the run's containers and network, ports of this machine, and the network's addresses. */
async function takenBy(run: string): Promise<readonly string[]> {
  const { dockerode } = (await connectEngine()).container;
  const filters = { label: [`${labels.run}=${run}`] };
  const [containers, networks] = await Promise.all([
    dockerode.listContainers({ filters }),
    dockerode.listNetworks({ filters }),
  ]);
  return [
    ...containers.flatMap(({ Names }) => Names),
    ...containers.flatMap(({ Ports }) => Ports.flatMap(({ PublicPort }) => (PublicPort ? [`port ${PublicPort}`] : []))),
    ...networks.flatMap(({ Name, IPAM }) => [Name, ...(IPAM?.Config ?? []).map(({ Subnet = "" }) => Subnet)]),
  ].toSorted(); // the daemon gives a container's ports in any order
}

/** Which of the two answer: `broker` by the link of its member, `member` at its control port. */
async function answering({ environment, control }: Running): Promise<readonly string[]> {
  const [broker, member] = await Promise.allSettled([
    advertisedBy(environment.link(slot, one).address, 1),
    fetch(`http://${control}/`, { signal: AbortSignal.timeout(5_000) }).then((said) => said.text()),
  ]);
  return [...(broker.status === "fulfilled" ? ["broker"] : []), ...(member.status === "fulfilled" ? ["member"] : [])];
}

describe.skipIf(!docker.run)("two environments of containers at once", () => {
  test("share no name, subnet or port; what one suffers the other does not; one goes and the other stays", async () => {
    const names = [`at-once-a-${process.pid}`, `at-once-b-${process.pid}`];
    const both = await Promise.all(names.map(start));
    const [a, b] = both;
    if (a === undefined || b === undefined) throw new Error("two were started");
    const taken = both.flatMap((running) => running.taken);
    expect(taken.length).toBeGreaterThan(10); // containers, ports, a network and its subnet of each
    expect(new Set(taken).size).toBe(taken.length);
    expect(await Promise.all(both.map(answering))).toEqual(both.map(() => ["broker", "member"]));

    await a.environment.link(slot, one).apply({ name: "hold", kind: "hold", way: "to-broker" }, patience());
    const cutOff = await a.environment.broker(one).injure({ kind: "disconnect" }, patience());
    expect(await cutOff.probe(patience())).toMatchObject({ active: true });
    expect(await answering(b)).toEqual(["broker", "member"]);

    await a.environment[Symbol.asyncDispose]();
    expect(await takenBy(names[0] ?? "")).toEqual([]);
    expect(await takenBy(names[1] ?? "")).toEqual(b.taken);
    expect(await answering(b)).toEqual(["broker", "member"]);
  });
});
