import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { until } from "../base/deadline.ts";
import { RollproofError } from "../base/errors.ts";
import { memberId, runNanos, seq } from "../model/brand.ts";
import type { Process } from "../model/environment.ts";
import type { EventBody } from "../model/event.ts";
import { Members } from "./members.ts";

const { signal } = new AbortController();
const refused = (): never => {
  throw new Error("nobody asks for this here");
};

/** A process that has ended with code 3 before it listened. */
function stillborn(incarnation: number): Process {
  const why = new RollproofError("member-failed", `member-1 (incarnation ${incarnation}) ended (3).`, {
    remedy: "Read.",
  });
  return {
    id: "member-1",
    incarnation,
    pid: incarnation,
    version: "v1",
    ended: Promise.resolve({ code: 3, signal: null }),
    do: () => Promise.resolve(),
    injure: refused,
    dataDirectory: null,
    copyDisk: () => Promise.resolve({ files: [], left: [], leftCount: 0 }),
    endpoint: () => Promise.reject(why),
    state: () => Promise.resolve("gone"),
    lines: () => undefined,
    dropped: () => undefined,
    logTail: () => Promise.resolve("no topic given"),
  };
}

test("a member that ends three times before it ever listened is broken, and its own words say why", async () => {
  const directory = await mkdtemp(join(tmpdir(), "rollproof-members-"));
  onTestFinished(() => rm(directory, { recursive: true }));
  const slot = memberId("member-1");
  let started = 0;
  const environment = {
    memberSlots: [slot],
    startMember: () => Promise.resolve(stillborn((started += 1))),
  };
  const events: EventBody[] = [];
  await using members = new Members({
    environment,
    layout: {
      directory,
      disk: (member, incarnation) => join("members", member, String(incarnation)),
      captured: () => "",
    },
    isCheckpoint: null,
    record: (body) => ({ ...body, seq: seq(events.push(body)), at: runNanos(events.length) }),
    launch: () => ({ version: "v1", argv: [], env: {}, config: {}, variables: {}, image: null, mounts: [] }),
    sha256: () => "",
    speaks: true,
    line: () => undefined,
    dropped: () => undefined,
    signal,
  });
  await members.start(slot, "v1");
  expect(members.broken()).toBeNull();
  const look = { what: "the third end", timeoutMs: 20_000, signal, remedy: "Read members.ts." };
  expect(await until(look, () => members.broken() ?? undefined)).toMatchObject({
    code: "member-failed",
    message:
      "member-1 ended 3 times at its start. member-1 at v1 (incarnation 3) ended by itself with exit code 3. The end of its log:\nno topic given",
  });
  const ends = events.flatMap((event) => (event.kind === "process-ended" ? [event.cause] : []));
  expect(ends).toEqual(["unexpected", "unexpected", "unexpected"]);
});
