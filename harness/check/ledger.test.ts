import { cpSync, mkdtempSync, rmSync, statSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { ask, type Value } from "../query/ask.ts";
import { questions } from "../query/questions.ts";
import { tables, views } from "../query/tables.ts";
import { ledgerOf } from "./ledger.ts";

const recorded = join(import.meta.dirname, "..", "plant", "recorded", "reference");
const runs: string[] = [];

function copyOfRun(): string {
  const run = mkdtempSync(join(tmpdir(), "rollproof-ledger-"));
  runs.push(run);
  cpSync(recorded, run, { recursive: true });
  return run;
}

/** Only asked, so one for all. */
const asked = copyOfRun();
afterAll(() => runs.forEach((run) => rmSync(run, { recursive: true, force: true })));

function rowsOf(sql: string, about: string | null = null): readonly (readonly Value[])[] {
  using database = ledgerOf(asked).database;
  return [...ask(database, sql, about).rows()];
}

test("every record of a data topic is there once, with the fate of its transaction", () => {
  const sinks = rowsOf(
    `SELECT count(*), count(DISTINCT topic || partition || ' ' || offset), sum(transaction_index IS NULL)
     FROM records WHERE role = 'sink'`,
  );
  const parts = rowsOf(`SELECT sum(records) FROM parts WHERE topic IN (SELECT topic FROM records WHERE role = 'sink')`);
  expect(sinks).toEqual([[parts[0]?.[0], parts[0]?.[0], 0]]);
  expect(Number(parts[0]?.[0])).toBeGreaterThan(2_000);
  expect(rowsOf(`SELECT count(*) FROM records WHERE role = 'source' AND topic = 'payments'`)).toEqual(
    rowsOf(`SELECT sum(records) FROM batches WHERE topic = 'payments' AND control = 0`),
  );
});

test("events, commits and transactions agree with each other", () => {
  expect(rowsOf("SELECT outcome, count(*) FROM transactions GROUP BY outcome HAVING outcome = 'gap'")).toEqual([]);
  expect(
    rowsOf(`SELECT count(*) FROM commits c JOIN transactions t USING (transaction_index) WHERE c.outcome <> t.outcome`),
  ).toEqual([[0]]);
  const fetched = rowsOf(
    `SELECT count(*), sum(e.body ->> '$.nextOffset' = (SELECT c.next_offset FROM commits c
       WHERE c.consumer_group = e.body ->> '$.group' AND c.topic = e.body ->> '$.topic'
       AND c.partition = e.body ->> '$.partition' AND c.outcome = 'committed' ORDER BY c.log_offset DESC LIMIT 1))
     FROM events e WHERE e.kind = 'offset-fetched'`,
  );
  expect(fetched[0]?.[0]).toBeGreaterThan(0);
  expect(fetched[0]?.[1]).toBe(fetched[0]?.[0]);
});

test.each(questions)("$name is answered", ({ name, sql, about }) => {
  const rows = rowsOf(sql, about?.example ?? null);
  // A valid run was recorded, and it was not judged.
  expect(rows.length > 0).toBe(name !== "first-divergence");
});

test.each([...tables, ...views])("$name can be read, and says what it holds", ({ name, what }) => {
  const rows = rowsOf(`SELECT * FROM ${name} LIMIT 1`);
  expect(rows.length).toBe(name === "anomalies" ? 0 : 1);
  if (views.some((view) => view.name === name)) {
    using database = ledgerOf(asked).database;
    expect(what).toContain(`: ${ask(database, `SELECT * FROM ${name}`, null).columns.join(", ").slice(0, 20)}`);
  }
});

test.each([
  "DELETE FROM run",
  "ATTACH 'other.sqlite' AS other",
  "PRAGMA writable_schema = ON",
  "CREATE TABLE more (a)",
  "SELECT load_extension('x')",
  "SELECT * FROM nowhere",
  "SELECT",
  "",
])("%j is refused", (sql) => {
  expect(() => rowsOf(sql)).toThrow(/The question cannot be answered: /);
});

test("a ledger is built once, and again when what it is made of has changed", () => {
  const run = copyOfRun();
  const isNew = (): boolean => {
    const { database, isNew } = ledgerOf(run);
    database.close();
    return isNew;
  };
  expect([isNew(), isNew()]).toEqual([true, false]);
  const later = new Date(Date.now() + 5_000);
  utimesSync(join(run, "history", "events.log"), later, later);
  expect([isNew(), isNew()]).toEqual([true, false]);
  truncateSync(join(run, "ledger.sqlite"), 5_000);
  expect([isNew(), isNew()]).toEqual([true, false]);
  writeFileSync(join(run, "ledger.sqlite"), "no database");
  expect([isNew(), isNew()]).toEqual([true, false]);
});

test("a link in its place is not followed", () => {
  const run = copyOfRun();
  const outside = `${run}-outside.sqlite`;
  symlinkSync(outside, join(run, "ledger.sqlite"));
  expect(() => ledgerOf(run)).toThrow(/ledger\.sqlite is a symbolic link|ledger\.sqlite/);
  expect(statSync(outside, { throwIfNoEntry: false })).toBeUndefined();
});

test("what could not be read of a damaged history is told; without a plan there is no ledger", () => {
  const run = copyOfRun();
  truncateSync(join(run, "history", "events.log"), 20_000);
  const { database, holes } = ledgerOf(run);
  database.close();
  expect(holes.length).toBeGreaterThan(0);
  rmSync(join(run, "plan.json"));
  expect(() => ledgerOf(run)).toThrow(/plan\.json/);
});
