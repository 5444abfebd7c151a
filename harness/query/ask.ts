import { constants, DatabaseSync, type SQLOutputValue, type StatementSync } from "node:sqlite";
import { RollproofError } from "../base/errors.ts";
import { sentence } from "../base/sentence.ts";

/** The answer to a question, in the order that it asks for. */
export interface Answer {
  readonly columns: readonly string[];
  readonly rows: () => Iterable<readonly Value[]>;
}
export type Value = SQLOutputValue;

/** Reading only: no statement may change the ledger, open another file or load code. */
const allowed: ReadonlySet<number> = new Set([
  constants.SQLITE_SELECT,
  constants.SQLITE_READ,
  constants.SQLITE_FUNCTION,
  constants.SQLITE_RECURSIVE,
]);

/** Opens a ledger to ask it. Throws `usage` for what is no database of rollproof's. */
export function openLedger(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { readOnly: true, allowExtension: false });
  database.setAuthorizer((action) => (allowed.has(action) ? constants.SQLITE_OK : constants.SQLITE_DENY));
  return database;
}

/** Asks one SELECT; `about` is bound as `$about` where it names it. Throws `usage` with SQLite's words for what it cannot answer. */
export function ask(database: DatabaseSync, sql: string, about: string | null): Answer {
  const statement = explained(() => prepared(database, sql));
  const columns = statement.columns().map(({ name }) => name);
  const bound = about === null ? {} : { $about: about };
  return {
    columns,
    *rows() {
      const rows = statement.iterate(bound);
      for (;;) {
        const next = explained(() => rows.next());
        if (next.done === true) return;
        yield cellsOf(next.value);
      }
    },
  };
}

function prepared(database: DatabaseSync, sql: string): StatementSync {
  const statement = database.prepare(sql);
  statement.setReadBigInts(true);
  statement.setReturnArrays(true);
  return statement;
}

function cellsOf(row: unknown): readonly Value[] {
  return Array.isArray(row) ? row.map((cell: Value) => (typeof cell === "bigint" ? small(cell) : cell)) : [];
}

/** Whole numbers as numbers where these are exact. */
function small(cell: bigint): number | bigint {
  return cell >= Number.MIN_SAFE_INTEGER && cell <= Number.MAX_SAFE_INTEGER ? Number(cell) : cell;
}

/** The second: a text without a statement. */
const wordsOfSqlite: ReadonlySet<unknown> = new Set(["ERR_SQLITE_ERROR", "ERR_INVALID_STATE", "ERR_INVALID_ARG_VALUE"]);

function explained<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error) || !wordsOfSqlite.has(error.code)) throw error;
    throw new RollproofError("usage", sentence(`The question cannot be answered: ${error.message}`), {
      remedy: "Ask one SELECT over the tables that `rollproof query --tables` lists; the ledger is only read.",
    });
  }
}
