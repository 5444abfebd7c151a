import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn, setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sha256 } from "../base/digest.ts";
import { runNanos, seq } from "../model/brand.ts";
import type { EventBody } from "../model/event.ts";
import { CheckpointCapture, type CaptureOptions } from "./checkpoint-capture.ts";

let folder: string;
let data: string;
let events: EventBody[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "rollproof-capture-"));
  data = join(folder, "data");
  events = [];
  mkdirSync(data);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function capture(limits?: CaptureOptions["limits"]): CheckpointCapture {
  return new CheckpointCapture({
    member: "member-1",
    isCheckpoint: (name) => /^task-\d+\/checkpoints\/\d+$/.test(name),
    target: (incarnation, digest) => join(folder, "kept", String(incarnation), digest),
    record: (body) => ({ ...body, seq: seq(events.push(body)), at: runNanos(0) }),
    ...(limits === undefined ? {} : { limits }),
  });
}

/** As the reference pipeline does: a temporary file, then a rename. */
function publish(name: string, content: string): void {
  writeFileSync(join(data, `${name}.tmp`), content);
  renameSync(join(data, `${name}.tmp`), join(data, name));
}

function remove(name: string): void {
  rmSync(join(data, name));
}

/** Names and contents of what was captured, the contents by the files kept. */
function captured(): readonly (readonly [string, string])[] {
  return events.flatMap((event) => {
    if (event.kind !== "checkpoint-captured") return [];
    const content = readFileSync(join(folder, "kept", String(event.incarnation), event.sha256), "utf8");
    expect([event.bytes, event.sha256]).toEqual([content.length, sha256(content)]);
    return [[event.name, content] as const];
  });
}

function others(): readonly EventBody[] {
  return events.filter(({ kind }) => kind !== "checkpoint-captured" && kind !== "checkpoints-watched");
}

test("each checkpoint is kept as it was published, although it is deleted as soon as the harness has had a turn", async () => {
  const watch = capture();
  watch.begin(1, data);
  mkdirSync(join(data, "task-0", "checkpoints"), { recursive: true });
  await sleep(20);
  const names = Array.from({ length: 60 }, (_, i) => `task-0/checkpoints/${i}`);
  for (const name of names) {
    publish(name, `content of ${name}`);
    await turn();
    await turn();
    remove(name);
  }
  await watch.end();
  expect(new Map(captured())).toEqual(new Map(names.map((name) => [name, `content of ${name}`])));
  expect(others()).toEqual([]);
});

test("of a thread that publishes and deletes as fast as it can, each checkpoint is captured or missed by name", async () => {
  mkdirSync(join(data, "task-0", "checkpoints"), { recursive: true });
  const watch = capture({ fileBytes: 1e6, bytes: 1e9, files: 1e3, open: 1_000, missed: 1_000 });
  watch.begin(1, data);
  const code = `
    const fs = require("node:fs");
    for (let i = 0; i < 200; i++) {
      const path = require("node:worker_threads").workerData + "/task-0/checkpoints/" + i;
      fs.writeFileSync(path + ".tmp", "content " + i);
      fs.renameSync(path + ".tmp", path);
      fs.rmSync(path);
    }`;
  await new Promise((resolve) => new Worker(code, { eval: true, workerData: data }).once("exit", resolve));
  await watch.end();
  const missed = others().flatMap((event) => (event.kind === "checkpoint-missed" ? [event.name] : []));
  const names = Array.from({ length: 200 }, (_, i) => `task-0/checkpoints/${i}`);
  expect([...captured().map(([name]) => name), ...missed].toSorted()).toEqual(names.toSorted());
});

test("a checkpoint that is gone before the harness has a turn is missed, once and by name; deleting a known one is no miss", async () => {
  mkdirSync(join(data, "task-0", "checkpoints"), { recursive: true });
  const watch = capture();
  watch.begin(1, data);
  publish("task-0/checkpoints/1", "one");
  await sleep(50);
  publish("task-0/checkpoints/2", "two");
  remove("task-0/checkpoints/2");
  await sleep(50);
  remove("task-0/checkpoints/1");
  await watch.end();
  expect(captured()).toEqual([["task-0/checkpoints/1", "one"]]);
  expect(others()).toEqual([
    {
      kind: "checkpoint-missed",
      member: "member-1",
      incarnation: 1,
      name: "task-0/checkpoints/2",
      why: "it was gone before it could be opened",
    },
  ]);
});

test("each incarnation that is watched is said to be", async () => {
  const watch = capture();
  for (const incarnation of [1, 2]) {
    watch.begin(incarnation, data);
    await watch.end();
  }
  expect(events).toEqual([
    { kind: "checkpoints-watched", member: "member-1", incarnation: 1 },
    { kind: "checkpoints-watched", member: "member-1", incarnation: 2 },
  ]);
});

test("what was published just before the end is there when the end is over", async () => {
  mkdirSync(join(data, "task-0", "checkpoints"), { recursive: true });
  const watch = capture();
  watch.begin(1, data);
  publish("task-0/checkpoints/1", "one");
  await watch.end();
  expect(captured()).toEqual([["task-0/checkpoints/1", "one"]]);
});

test("a file that is written in its place is taken when it stands still, and what was taken stays as it was", async () => {
  mkdirSync(join(data, "task-0", "checkpoints"), { recursive: true });
  const watch = capture();
  watch.begin(1, data);
  const path = join(data, "task-0/checkpoints/1");
  writeFileSync(path, "");
  for (const part of ["fir", "st ver", "sion"]) {
    await sleep(5);
    appendFileSync(path, part);
  }
  await sleep(150);
  writeFileSync(path, "second version");
  await sleep(150);
  await watch.end();
  expect(captured()).toEqual([
    ["task-0/checkpoints/1", "first version"],
    ["task-0/checkpoints/1", "second version"],
  ]);
  expect(others()).toEqual([]);
});

test("the same content is kept once over incarnations, and what lies there at a start and is known is not taken again", async () => {
  mkdirSync(join(data, "task-0", "checkpoints"), { recursive: true });
  const watch = capture();
  watch.begin(1, data);
  publish("task-0/checkpoints/1", "one");
  await watch.end();
  publish("task-0/checkpoints/2", "between two lives");
  watch.begin(2, data);
  publish("task-0/checkpoints/3", "one");
  await sleep(80);
  await watch.end();
  expect(captured()).toEqual([
    ["task-0/checkpoints/1", "one"],
    ["task-0/checkpoints/2", "between two lives"],
  ]);
  expect(others()).toEqual([]);
});

test("folders that come later are watched, and what is already in them is found", async () => {
  const watch = capture();
  watch.begin(1, data);
  for (const task of ["task-0", "task-1"]) {
    mkdirSync(join(data, task, "checkpoints"), { recursive: true });
    publish(`${task}/checkpoints/1`, `of ${task}`);
  }
  await sleep(80);
  rmSync(join(data, "task-0"), { recursive: true });
  await sleep(20);
  mkdirSync(join(data, "task-0", "checkpoints"), { recursive: true });
  publish("task-0/checkpoints/1", "of task-0 again");
  await sleep(80);
  await watch.end();
  expect(captured().toSorted(([, a], [, b]) => (a < b ? -1 : 1))).toEqual([
    ["task-0/checkpoints/1", "of task-0"],
    ["task-0/checkpoints/1", "of task-0 again"],
    ["task-1/checkpoints/1", "of task-1"],
  ]);
});

test("links, FIFOs and linked folders are named and not opened", async () => {
  mkdirSync(join(data, "task-0", "checkpoints"), { recursive: true });
  mkdirSync(join(folder, "outside"));
  const watch = capture();
  watch.begin(1, data);
  symlinkSync("/etc/hostname", join(data, "task-0/checkpoints/1"));
  execFileSync("mkfifo", [join(data, "task-0/checkpoints/2")]);
  symlinkSync(join(folder, "outside"), join(data, "task-1"));
  mkdirSync(join(folder, "outside", "checkpoints"));
  writeFileSync(join(folder, "outside", "checkpoints", "1"), "outside");
  await sleep(50);
  await watch.end();
  const whys = others().flatMap((event) => (event.kind === "checkpoint-missed" ? [[event.name, event.why]] : []));
  expect([captured(), whys]).toEqual([
    [],
    [
      ["task-0/checkpoints/1", "it is a symbolic link"],
      ["task-0/checkpoints/2", "it is a FIFO"],
    ],
  ]);
});

test("what is beyond the bounds is missed by name, up to a number", async () => {
  mkdirSync(join(data, "task-0", "checkpoints"), { recursive: true });
  const watch = capture({ fileBytes: 10, bytes: 12, files: 9, open: 128, missed: 2 });
  watch.begin(1, data);
  for (const [number, content] of ["x".repeat(11), "eight888", "seven77", "seven78", "four"].entries()) {
    publish(`task-0/checkpoints/${number}`, content);
    await sleep(60);
  }
  await watch.end();
  expect(captured()).toEqual([
    ["task-0/checkpoints/1", "eight888"],
    ["task-0/checkpoints/4", "four"],
  ]);
  expect(others().map((event) => (event.kind === "checkpoint-missed" ? event.why : event.kind))).toEqual([
    "it has 11 bytes; at most 10 are kept",
    "those of member-1 take more than 12 bytes; further ones are not named",
  ]);
});

test("of very many only so many are kept, and the next is missed", async () => {
  mkdirSync(join(data, "task-0", "checkpoints"), { recursive: true });
  const watch = capture({ fileBytes: 10, bytes: 100, files: 2, open: 128, missed: 50 });
  watch.begin(1, data);
  for (const number of [1, 2, 3]) {
    publish(`task-0/checkpoints/${number}`, String(number));
    await sleep(80);
  }
  await watch.end();
  expect(captured()).toHaveLength(2);
  expect(others()).toMatchObject([{ name: "task-0/checkpoints/3", why: "member-1 published more than 2" }]);
});

test("a disk that this machine does not see is said to be unwatched, and nothing is missed", async () => {
  const watch = capture();
  watch.begin(3, null);
  await watch.end();
  expect(events).toEqual([
    {
      kind: "checkpoints-unwatched",
      member: "member-1",
      incarnation: 3,
      why: "its disk is a volume of a container, which this machine does not see",
    },
  ]);
});
