import { createServer } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { silent } from "../audit/silent.fixture.ts";
import { memberId } from "../model/brand.ts";
import type { Process } from "../model/environment.ts";
import { tasksOf } from "../model/tasks.ts";
import { beginOwnership } from "./ownership.ts";
import { startFailure } from "./start-failure.ts";

const slot = memberId("member-1");

function member(endpoint: () => Promise<string>, state: "running" | "gone" = "running"): Process {
  const refused = (): never => {
    throw new Error("nobody asks for this here");
  };
  return {
    id: slot,
    incarnation: 1,
    pid: 1,
    version: "v1",
    ended: new Promise(() => undefined),
    do: refused,
    injure: refused,
    copyDisk: refused,
    dataDirectory: "",
    endpoint,
    state: () => Promise.resolve(state),
    lines: () => undefined,
    dropped: () => undefined,
    logTail: () => Promise.resolve("waiting for the schema registry"),
  };
}

/** The message of a pipeline of one member and no tasks to own, that speaks or does not. */
async function said(process: Process, speaks: boolean): Promise<string> {
  const description = { ...silent, speaks };
  const tasks = tasksOf(silent, silent.topics(speaks ? 0 : 1));
  const seen = { description, tasks, slots: [slot], latest: () => process, groups: new Map() };
  const error = await startFailure({ ...seen, ownership: beginOwnership(tasks) });
  expect(error.code).toBe("member-failed");
  return error.message;
}

/** A server of this machine that answers with the status; its address. */
async function answering(status: number): Promise<string> {
  const server = createServer((_, response) => response.writeHead(status).end("{}"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  return `127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
}

const tail = "\nThe end of member-1's log:\nwaiting for the schema registry";

test("a member that never names its control port is told apart from one that names the wrong one", async () => {
  const silence = member(() => new Promise(() => undefined));
  expect(await said(silence, true)).toBe(
    `The pipeline does not come up: member-1 has not named its control port on stdout (a line of kind "listening").${tail}`,
  );
  const wrong = member(() => Promise.resolve("127.0.0.1:1"));
  expect(await said(wrong, true)).toMatch(
    /: member-1 named 127\.0\.0\.1:1 as its control port, but nothing answers there \(.+\): it has to listen at ROLLPROOF_CONTROL_HOST/,
  );
});

test("a member that answers says itself what is wrong", async () => {
  const [ill, waiting] = [await answering(503), await answering(200)];
  expect(
    await said(
      member(() => Promise.resolve(ill)),
      true,
    ),
  ).toContain("with status 503.");
  expect(
    await said(
      member(() => Promise.resolve(waiting)),
      true,
    ),
  ).toContain("does not say that it is ready.");
  expect(
    await said(
      member(() => Promise.reject(new Error("ended")), "gone"),
      true,
    ),
  ).toContain("member-1 has ended.");
});

test("of a member that says nothing its group tells", async () => {
  expect(
    await said(
      member(() => new Promise(() => undefined)),
      false,
    ),
  ).toBe(
    `The pipeline does not come up: Nobody is in the group "copiers" of stage copy, which reads in: expected are the client ids "member-1".${tail}`,
  );
});
