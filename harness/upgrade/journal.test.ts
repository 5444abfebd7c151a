import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { rolling } from "../program/program.fixture.ts";
import { directoryStore } from "./journal-store.ts";
import { openUpgradeJournal, type UpgradeJournal } from "./journal.ts";
import { nextAct } from "./state.ts";

const program = rolling(["member-1"], "v2", "f");
const [first, second] = program;
if (first === undefined || second === undefined) throw new Error("no acts");
let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "rollproof-upgrade-"));
});
afterEach(() => rmSync(directory, { recursive: true }));
const fileOf = (epoch: number): string => join(directory, `upgrade-${epoch}.ndjson`);
const take = async (of = program): Promise<UpgradeJournal> =>
  await openUpgradeJournal(await directoryStore(directory), { program: of });

async function writeThree(): Promise<UpgradeJournal> {
  const journal = await take();
  await journal.append({ kind: "act-began", act: first?.id ?? "" });
  await journal.append({ kind: "act-settled", act: first?.id ?? "" });
  await journal.append({ kind: "act-began", act: second?.id ?? "" });
  return journal;
}

test("another coordinator goes on where the journal ended, with a number of its own", async () => {
  await writeThree();
  const journal = await take();
  expect(journal.epoch).toBe(2);
  expect(nextAct(journal.state())).toEqual({ kind: "act", act: second, resumed: true });
  expect(journal.versionOf("member-1")).toBe(null);
});

test("the newest epoch alone tells the whole: those before it may go", async () => {
  await writeThree();
  const before = await take();
  rmSync(fileOf(1));
  expect((await take()).state()).toEqual(before.state());
});

test("once a newer coordinator has claimed the upgrade, the older one may not act: what it writes counts for nothing", async () => {
  const older = await writeThree();
  const newer = await take();
  const settled = { kind: "act-settled", act: second.id } as const;
  await expect(older.append(settled)).rejects.toThrow("Coordinator 2 has taken the upgrade over from 1.");
  expect(nextAct(newer.state())).toMatchObject({ act: second, resumed: true });
  await newer.append(settled);
  expect((await take()).state()).toEqual(newer.state());
});

test("of two that take the upgrade over at once, each has an epoch of its own, and the lower one is fenced", async () => {
  const taken = await Promise.allSettled([take(), take(), take()]);
  const epochs = taken.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  const newest = Math.max(...epochs.map(({ epoch }) => epoch));
  expect(readdirSync(directory).toSorted()).toEqual([1, 2, 3].map((epoch) => `upgrade-${epoch}.ndjson`));
  const entry = { kind: "act-began", act: first.id } as const;
  const acted = await Promise.allSettled(epochs.map(async (journal) => await journal.append(entry)));
  expect(acted.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  expect(newest).toBe(3);
});

test("an epoch whose coordinator died before its first line tells nothing", async () => {
  const before = await writeThree();
  writeFileSync(fileOf(2), '{"kind":"opened","epo');
  const journal = await take();
  expect([journal.epoch, journal.state()]).toEqual([3, before.state()]);
});

test("a torn last line counts as never written", async () => {
  const before = await writeThree();
  appendFileSync(fileOf(1), '{"kind":"act-set');
  expect((await take()).state()).toEqual(before.state());
});

test("a journal damaged before its end is refused, since what was done behind it is not known", async () => {
  await writeThree();
  const [opened, , third] = readFileSync(fileOf(1), "utf8").split("\n");
  writeFileSync(fileOf(1), `${opened}\n{"kind":\n${third}\n`);
  await expect(take()).rejects.toThrow("upgrade-1.ndjson is damaged at line 2.");
});

test("the journal of another program is refused", async () => {
  await writeThree();
  await expect(take(rolling(["member-2"]))).rejects.toThrow(/not the journal of this/u);
});

test("an entry out of order is not written", async () => {
  const journal = await take();
  const before = readFileSync(fileOf(1), "utf8");
  await expect(journal.append({ kind: "act-settled", act: first.id })).rejects.toThrow(/cannot follow/u);
  expect(readFileSync(fileOf(1), "utf8")).toBe(before);
});
