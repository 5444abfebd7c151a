import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sha256 } from "../../base/digest.ts";
import { memberId } from "../../model/brand.ts";
import type { Environment } from "../../model/environment.ts";
import { pinnedBrokers } from "../cluster/broker-versions.ts";
import { createEnvironment } from "../create.ts";
import { readJournal } from "./journal.ts";
import { commandLineOf, pidsWithVariable } from "../proc.ts";
import { makePlace } from "./trivial-member.fixture.ts";

const slot = memberId("member-1");
const place = makePlace();
const patience = (): AbortSignal => AbortSignal.timeout(60_000);
let environment: Environment;

beforeAll(async () => {
  environment = await createEnvironment(
    { kind: "process", reason: "process: asked for" },
    { runDirectory: place.runDirectory, brokers: pinnedBrokers(1), memberSlots: 2, brokerConfig: {} },
    patience(),
  );
});

afterAll(async () => {
  await environment[Symbol.asyncDispose]();
  place[Symbol.dispose]();
});

/** Command lines of the run's processes that are neither brokers nor the proxy server. */
function memberProcesses(): readonly string[] {
  const token = readJournal(place.runDirectory).at(-1)?.token ?? "";
  return pidsWithVariable("ROLLPROOF_RUN", token)
    .map(commandLineOf)
    .filter((line) => line.includes("reference-pipeline") || line.startsWith("sleep"));
}

test("a member is started, spoken to, stopped, and its lines and its disk are there", async () => {
  const member = await environment.startMember(slot, place.member, "fresh");
  const lines: string[] = [];
  member.lines((line) => lines.push(line));
  const answer = await fetch(`http://${await member.endpoint("control")}/`);
  expect(await answer.text()).toBe("here");
  expect([member.id, member.incarnation, member.version, await member.state()]).toEqual([
    "member-1",
    1,
    "v1",
    "running",
  ]);
  await member.do("stop", patience());
  expect([await member.ended, await member.state()]).toEqual([{ code: 0, signal: null }, "gone"]);
  const data = join(place.runDirectory, "members", "member-1", "data");
  expect(lines.slice(1)).toEqual([`data in ${data}`]);
  const log = readFileSync(join(place.runDirectory, "members", "member-1", "1", "log"), "utf8");
  // stdout and stderr reach the log by two ways, so their order is open.
  expect(log.trimEnd().split("\n").toSorted()).toEqual(["a word for the log", ...lines].toSorted());
  const disk = join(place.runDirectory, "members", "member-1", "1", "disk");
  const file = { name: "incarnation-1", bytes: 10, sha256: sha256("x".repeat(10)) };
  expect(await member.copyDisk(disk)).toEqual({ files: [file], left: [], leftCount: 0 });
  expect(readdirSync(disk)).toEqual(["incarnation-1"]);
});

test("what a member has started ends with it", async () => {
  const member = await environment.startMember(slot, place.member, "keep");
  await member.endpoint("control");
  expect(memberProcesses()).toHaveLength(2);
  await member.do("crash", patience());
  await expect.poll(memberProcesses, { timeout: 5_000 }).toEqual([]);
});

test("the next incarnation keeps the disk when it is told to, and has a fresh one otherwise", async () => {
  const data = join(place.runDirectory, "members", "member-1", "data");
  const kept = await environment.startMember(slot, place.member, "keep");
  await kept.endpoint("control");
  expect([kept.incarnation, readdirSync(data)]).toEqual([3, ["incarnation-1", "incarnation-2", "incarnation-3"]]);
  await kept.do("crash", patience());
  const fresh = await environment.startMember(slot, place.member, "fresh");
  await fresh.endpoint("control");
  expect(readdirSync(data)).toEqual(["incarnation-4"]);
  await fresh.do("crash", patience());
});

test("a paused member is stopped, can be killed, and can be resumed", async () => {
  const first = await environment.startMember(slot, place.member, "fresh");
  await first.endpoint("control");
  await first.do("pause", patience());
  expect(await first.state()).toBe("stopped");
  await first.do("resume", patience());
  expect(await first.state()).toBe("running");
  await first.do("pause", patience());
  await first.do("crash", patience());
  expect(await first.ended).toEqual({ code: null, signal: "SIGKILL" });
});

test("a second incarnation beside a living one is refused: they would share a disk", async () => {
  const member = await environment.startMember(slot, place.member, "fresh");
  await expect(environment.startMember(slot, place.member, "keep")).rejects.toThrow("still alive");
  await member.do("crash", patience());
});

test("a member that dies before it speaks is explained with its log", async () => {
  const script = join(place.runDirectory, "dies-reference-pipeline.mjs");
  mkdirSync(place.runDirectory, { recursive: true });
  writeFileSync(script, 'console.error("no topic given"); process.exit(3);');
  const member = await environment.startMember(slot, { ...place.member, argv: ["node", script] }, "fresh");
  await expect(member.endpoint("control")).rejects.toThrow(
    "member-1 (incarnation 7) ended (3) before it named its control port. The end of its log:\nno topic given",
  );
});

test("a program that does not exist is a clear error", async () => {
  const launch = { ...place.member, argv: ["no-such-program"] };
  await expect(environment.startMember(slot, launch, "fresh")).rejects.toMatchObject({
    code: "member-failed",
    message: expect.stringContaining("member-1 could not be started (no-such-program)"),
  });
});

test("resuming what has ended is an error, stopping it is not", async () => {
  const member = await environment.startMember(slot, place.member, "fresh");
  await member.do("crash", patience());
  await member.do("stop", patience());
  await expect(member.do("resume", patience())).rejects.toThrow("has ended");
});
