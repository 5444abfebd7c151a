import { expect, test } from "vitest";
import type { Process } from "../model/environment.ts";
import { injurable } from "./injurable.ts";

const signal = new AbortController().signal;

/** A process that ends, or does not, of what is done to it; and what was said of its end. */
function watched(
  state: "running" | "gone",
  act: () => Promise<void> = () => Promise.resolve(),
): { readonly process: Process; readonly said: string[] } {
  const said: string[] = [];
  const process: Process = {
    id: "member-1",
    incarnation: 1,
    pid: 7,
    version: "v1",
    ended: Promise.resolve({ code: null, signal: "SIGKILL" }),
    async do(verb) {
      said.push(verb);
      await act();
    },
    injure: ({ kind }) => {
      said.push(kind);
      return Promise.resolve({
        probe: () => Promise.resolve({ active: true, proof: null }),
        [Symbol.asyncDispose]: () => Promise.resolve(void said.push("give back")),
      });
    },
    dataDirectory: null,
    copyDisk: () => Promise.resolve({ files: [], left: [], leftCount: 0 }),
    endpoint: () => Promise.resolve("127.0.0.1:1"),
    state: () => Promise.resolve(state),
    lines: () => undefined,
    dropped: () => undefined,
    logTail: () => Promise.resolve(""),
  };
  const seen = injurable(process, {
    take: () => void said.push("blamed"),
    withdraw: () => void said.push("cleared"),
    recorded: () => Promise.resolve(void said.push("recorded")),
  });
  return { process: seen, said };
}

test("an end that a fault brings about is put down to it before it happens, and waited for until it is recorded", async () => {
  const { process, said } = watched("gone");
  await process.do("crash", signal);
  await process.do("stop", signal);
  await process.do("pause", signal);
  expect(said).toEqual(["blamed", "crash", "recorded", "blamed", "stop", "recorded", "pause"]);
});

test("an end that was not brought about is not put down to the fault: the process is started again when it ends later", async () => {
  const late = new Error("late");
  const { process, said } = watched("running", () => Promise.reject(late));
  await expect(process.do("crash", signal)).rejects.toBe(late);
  expect(said).toEqual(["blamed", "crash", "cleared"]);
});

test("exhausted memory is put down to the fault, unless the process outlives it", async () => {
  for (const state of ["gone", "running"] as const) {
    const { process, said } = watched(state);
    await (await process.injure({ kind: "exhaust-memory" }, signal))[Symbol.asyncDispose]();
    expect(said).toEqual(["blamed", "exhaust-memory", "give back", ...(state === "running" ? ["cleared"] : [])]);
  }
});

test("of what else is taken from it a process dies on its own account", async () => {
  const { process, said } = watched("running");
  await (await process.injure({ kind: "fill-disk" }, signal))[Symbol.asyncDispose]();
  expect(said).toEqual(["fill-disk", "give back"]);
});
