/**
 * A harness to be killed: starts an environment with a member and pauses it; in containers it holds the member's link, cuts a
 * broker off, fills the member's disk and takes it off the network, too. Says `up` when all of that is in force, and stays.
 * Arguments: run directory, script of the member, kind of environment (`process` unless told).
 */
import { setTimeout as sleep } from "node:timers/promises";
import { brokerId, memberId } from "../../model/brand.ts";
import { pinnedBrokers } from "../cluster/broker-versions.ts";
import type { Process } from "../../model/environment.ts";
import { createEnvironment } from "../create.ts";
import { noteHarness } from "../harness-note.ts";

const [runDirectory = "", script = "", wanted] = process.argv.slice(2);
const kind = wanted === "docker" ? wanted : "process";
const patience = AbortSignal.timeout(120_000);
noteHarness(runDirectory);
await using environment = await createEnvironment(
  { kind, reason: "asked for" },
  {
    runDirectory,
    brokers: pinnedBrokers(kind === "docker" ? 2 : 1),
    memberSlots: 1,
    brokerConfig: {},
    smallDisks: new Set(kind === "docker" ? ["member", "broker"] : []),
  },
  patience,
);
const slot = memberId("member-1");
const member = await environment.startMember(
  slot,
  { version: "v1", argv: ["node", script], env: {}, config: {}, variables: {}, image: null, mounts: [script] },
  "fresh",
);
await member.endpoint("control");
if (kind === "docker") await injure(member);
await member.do("pause", patience);
process.stdout.write("up\n");
await sleep(120_000);

/** Everything that leaves something behind in Docker or in a name space; resolves when it is proven. */
async function injure(member: Process): Promise<void> {
  const [one, two] = [brokerId("broker-1"), brokerId("broker-2")];
  await environment.link(slot, one).apply({ name: "hold", kind: "hold", way: "to-broker" }, patience);
  const inForce = [
    await environment.broker(one).injure({ kind: "cut", from: [two], way: "both" }, patience),
    await member.injure({ kind: "fill-disk" }, patience),
    await member.injure({ kind: "disconnect" }, patience),
  ];
  for (const injury of inForce) {
    const { active, proof } = await injury.probe(patience);
    if (!active) throw new Error(`an injury is not in force: ${JSON.stringify(proof)}`);
  }
}
