import { expect, test } from "vitest";
import { brokerId } from "../model/brand.ts";
import type { Exit, Process } from "../model/environment.ts";
import { watchBrokers } from "./brokers.ts";

const signal = new AbortController().signal;

/** A process whose number nobody knows; it ends when it is crashed, or when it is told. */
function nameless(id: string): { readonly process: Process; readonly end: (exit: Exit) => void } {
  const ended = Promise.withResolvers<Exit>();
  const process: Process = {
    id,
    incarnation: 1,
    pid: 0,
    version: "4.1.1",
    ended: ended.promise,
    do: () => Promise.resolve(ended.resolve({ code: null, signal: "SIGKILL" })),
    injure: () => Promise.reject(new Error("not asked for")),
    dataDirectory: null,
    copyDisk: () => Promise.resolve({ files: [], left: [], leftCount: 0 }),
    endpoint: () => Promise.resolve("127.0.0.1:1"),
    state: () => Promise.resolve("running"),
    lines: () => undefined,
    dropped: () => undefined,
    logTail: () => Promise.resolve(""),
  };
  return { process, end: ended.resolve };
}

test("a broker's end is not put down to a fault of another one, though neither has a known pid", async () => {
  const one = nameless("broker-1");
  const two = nameless("broker-2");
  const all = new Map([one, two].map(({ process }) => [process.id, process]));
  const environment: Parameters<typeof watchBrokers>[0] = {
    brokers: [brokerId("broker-1"), brokerId("broker-2")],
    directBootstrap: [],
    broker: (id) => all.get(id) ?? one.process,
    startBroker: () => Promise.reject(new Error("not asked for")),
  };
  const ends: unknown[] = [];
  using brokers = watchBrokers(environment, (event) => {
    if (event.kind === "process-ended") ends.push([event.process, event.cause]);
  });
  await brokers.target(brokerId("broker-1")).do("crash", signal);
  two.end({ code: 1, signal: null });
  await two.process.ended;
  await new Promise((resolve) => setImmediate(resolve));
  expect(ends).toEqual([
    ["broker-1", "fault"],
    ["broker-2", "unexpected"],
  ]);
});
