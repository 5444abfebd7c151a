import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { TaskDisk } from "./disk.ts";
import { decodeStore, encodePut } from "./store-format.ts";

const folder = mkdtempSync(join(tmpdir(), "task-disks-"));
const fresh = (): string => join(mkdtempSync(join(folder, "task-disk-")), "velocity-0");
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));

afterAll(() => rmSync(folder, { recursive: true }));

test("the store holds the last put of each key, also for the next process", () => {
  const directory = fresh();
  using disk = new TaskDisk(directory);
  disk.putStore("a", bytes("1"));
  disk.putStore("b", bytes("2"));
  disk.putStore("a", bytes("3"));
  disk.putStore("b", null);
  using next = new TaskDisk(directory);
  expect(next.loadStore()).toEqual(new Map([["a", bytes("3")]]));
});

test("puts after a replacement go behind it", () => {
  using disk = new TaskDisk(fresh());
  disk.putStore("old", bytes("1"));
  disk.replaceStore(new Map([["a", bytes("1")]]));
  disk.putStore("b", bytes(""));
  expect(disk.loadStore()).toEqual(
    new Map([
      ["a", bytes("1")],
      ["b", bytes("")],
    ]),
  );
});

test("a torn tail of the store is not read", () => {
  const directory = fresh();
  using disk = new TaskDisk(directory);
  disk.putStore("a", bytes("1"));
  appendFileSync(join(directory, "store"), encodePut("b", bytes("22222")).subarray(0, 15));
  expect(disk.loadStore()).toEqual(new Map([["a", bytes("1")]]));
});

test("a checkpoint is listed once it is published, not while it is written", () => {
  using disk = new TaskDisk(fresh());
  disk.writeCheckpoint(12, bytes("twelve"));
  expect([disk.listCheckpoints(), disk.loadCheckpoint(12)]).toEqual([[], null]);
  disk.publishCheckpoint(12);
  disk.writeCheckpoint(9, bytes("nine"));
  disk.publishCheckpoint(9);
  expect(disk.listCheckpoints()).toEqual([9, 12]);
  expect(Buffer.from(disk.loadCheckpoint(12) ?? []).toString()).toBe("twelve");
  disk.deleteCheckpoint(9);
  expect(disk.listCheckpoints()).toEqual([12]);
});

test("CLEAN is there from its writing to its removal", () => {
  const directory = fresh();
  using disk = new TaskDisk(directory);
  expect(disk.readClean()).toBe(null);
  disk.writeClean("label");
  expect([disk.readClean(), readFileSync(join(directory, "CLEAN"), "utf8")]).toEqual(["label", "label"]);
  disk.removeClean();
  disk.removeClean();
  expect(existsSync(join(directory, "CLEAN"))).toBe(false);
});

test("what is not a checkpoint's name is no checkpoint", () => {
  const directory = fresh();
  using disk = new TaskDisk(directory);
  for (const name of ["7.tmp", "x", "-1", "1e3"]) writeFileSync(join(directory, "checkpoints", name), "");
  expect(disk.listCheckpoints()).toEqual([]);
});

const puts = fc.array(fc.tuple(fc.string(), fc.option(fc.uint8Array({ maxLength: 20 }), { nil: null })));

test("a store cut at any byte holds the state after some prefix of its puts", () => {
  fc.assert(
    fc.property(puts, fc.nat(), (list, at) => {
      const states = [new Map<string, Uint8Array>()];
      for (const [key, value] of list) {
        const state = new Map(states.at(-1));
        if (value === null) state.delete(key);
        else state.set(key, new Uint8Array(value));
        states.push(state);
      }
      const whole = Buffer.concat(list.map(([key, value]) => encodePut(key, value)));
      expect(decodeStore(whole)).toEqual({ entries: states.at(-1), tornBytes: 0 });
      const cut = decodeStore(whole.subarray(0, whole.length === 0 ? 0 : at % whole.length)).entries;
      expect(states).toContainEqual(cut);
    }),
  );
});

test("a flipped byte ends the reading at the put before it", () => {
  const directory = fresh();
  using disk = new TaskDisk(directory);
  disk.putStore("a", bytes("1"));
  disk.putStore("b", bytes("2"));
  const path = join(directory, "store");
  const content = readFileSync(path);
  content[content.length - 1] = 0xff;
  truncateSync(path, 0);
  appendFileSync(path, content);
  expect(disk.loadStore()).toEqual(new Map([["a", bytes("1")]]));
});
