import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { until } from "../../base/deadline.ts";
import { Members } from "../../members/members.ts";
import { memberId, runNanos, seq } from "../../model/brand.ts";
import type { EventBody } from "../../model/event.ts";
import { memberOutput } from "../output/limits.ts";
import { Incarnation } from "./incarnation.ts";
import { Supervision } from "./supervised.ts";
import { makePlace } from "./trivial-member.fixture.ts";

const slot = memberId("member-1");
const { signal } = new AbortController();

/** A member whose program is this text, started by a real supervisor; what was recorded of it. */
async function startMember(argv: readonly string[], scope: AsyncDisposableStack) {
  const place = scope.use(makePlace());
  mkdirSync(place.runDirectory, { recursive: true });
  const supervision = scope.use(await Supervision.start(join(place.runDirectory, "processes.ndjson"), signal));
  const events: EventBody[] = [];
  let incarnation = 0;
  const members = scope.use(
    new Members({
      environment: {
        memberSlots: [slot],
        async startMember() {
          incarnation += 1;
          const dataDirectory = join(place.runDirectory, "data");
          const log = join(place.runDirectory, `log-${incarnation}`);
          mkdirSync(dataDirectory, { recursive: true });
          const how = { role: slot, argv, env: {}, cwd: place.runDirectory, log, limits: memberOutput, forward: true };
          const supervised = await supervision.start(how, signal);
          const life = { id: slot, incarnation, version: "v1", supervised, supervision, dataDirectory, log, signal };
          return new Incarnation(life);
        },
      },
      layout: {
        directory: place.runDirectory,
        disk: (_, life) => `disk-${life}`,
        captured: (_, life, digest) => `captured-${life}-${digest}`,
      },
      record: (body) => ({ ...body, seq: seq(events.push(body)), at: runNanos(events.length) }),
      launch: () => place.member,
      sha256: () => "",
      isCheckpoint: null,
      speaks: false,
      line: () => undefined,
      dropped: () => undefined,
      signal,
    }),
  );
  return { members, events };
}

test.each([
  ["process.exit(3)", "with exit code 3"],
  ["process.exit(0)", "with exit code 0"],
  ['process.kill(process.pid, "SIGSEGV")', "by SIGSEGV"],
])("a program that does %s at its start is broken after three ends, with its last words", async (end, how) => {
  await using scope = new AsyncDisposableStack();
  const program = `console.error("no schema registry at 10.0.0.1"); ${end};`;
  const { members, events } = await startMember([process.execPath, "--eval", program], scope);
  await members.start(slot, "v1");
  const patience = { what: "the third end", timeoutMs: 60_000, signal, remedy: "Read members.ts." };
  const broken = await until(patience, () => members.broken() ?? undefined);
  expect([broken.code, broken.message]).toEqual([
    "member-failed",
    `member-1 ended 3 times at its start. member-1 at v1 (incarnation 3) ended by itself ${how}. The end of its log:\nno schema registry at 10.0.0.1`,
  ]);
  const causes = events.flatMap((event) => (event.kind === "process-ended" ? [event.cause] : []));
  expect(causes.slice(0, 3)).toEqual(["unexpected", "unexpected", "unexpected"]);
});

test.each([
  ["no-such-program", "ENOENT"],
  ["/etc/passwd", "EACCES"],
  ["/", "EACCES"],
  ["a\0b", "ERR_INVALID_ARG_VALUE"],
])(
  "the program %j cannot be run, which is told apart from a machine that has no room for one",
  async (program, code) => {
    await using scope = new AsyncDisposableStack();
    const { members } = await startMember([program], scope);
    await expect(members.start(slot, "v1")).rejects.toMatchObject({
      isProgram: true,
      message: expect.stringContaining(code),
    });
  },
);
