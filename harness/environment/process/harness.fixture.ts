/**
 * A harness to be killed: starts an environment with a member, pauses it, in containers fills its disk, too, says `up` and stays.
 * Arguments: run directory, script of the member, kind of environment (`process` unless told).
 */
import { setTimeout as sleep } from "node:timers/promises";
import { memberId } from "../../model/brand.ts";
import { pinnedBrokers } from "../cluster/broker-versions.ts";
import { createEnvironment } from "../create.ts";

const [runDirectory = "", script = "", wanted] = process.argv.slice(2);
const kind = wanted === "docker" ? wanted : "process";
const patience = AbortSignal.timeout(120_000);
await using environment = await createEnvironment(
  { kind, reason: "asked for" },
  {
    runDirectory,
    brokers: pinnedBrokers(1),
    memberSlots: 1,
    brokerConfig: {},
    smallDisks: new Set(kind === "docker" ? ["member", "broker"] : []),
  },
  patience,
);
const member = await environment.startMember(
  memberId("member-1"),
  { version: "v1", argv: ["node", script], env: {}, config: {}, variables: {}, image: null, mounts: [script] },
  "fresh",
);
await member.endpoint("control");
await member.do("pause", patience);
if (kind === "docker") await member.injure({ kind: "fill-disk" }, patience);
process.stdout.write("up\n");
await sleep(120_000);
