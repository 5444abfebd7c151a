import { closeSync, lstatSync, openSync, readdirSync, renameSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { sha256 } from "../base/digest.ts";
import { RollproofError } from "../base/errors.ts";
import { fileRefused, openOwn, sortAt } from "../base/own-files.ts";
import type { CheckerContext } from "../model/finding.ts";
import { openLedger } from "../query/ask.ts";
import { beginFilling, type Filling } from "../query/fill.ts";
import { indexes } from "../query/questions.ts";
import { tables, views } from "../query/tables.ts";
import { descriptionOf } from "../run/description-of.ts";
import { runLayout, type RunLayout } from "../run/layout.ts";
import { evidenceOf } from "./evidence.ts";
import { readRecorded, type Recorded } from "./recorded.ts";
import { readJudged } from "./report.ts";

/** The ledger of a run, and whether it had to be built. */
export interface Ledger {
  readonly database: DatabaseSync;
  readonly path: string;
  readonly isNew: boolean;
  /** What of the history could not be read: the ledger lacks it. */
  readonly holes: readonly string[];
}

/**
 * `<run>/ledger.sqlite`: the history joined into tables, built when it is not there or not of these files. Nothing is judged: the
 * anomalies are those of verdict.json. Throws `history-unreadable` where plan or run cannot be read.
 */
export function ledgerOf(directory: string): Ledger {
  const layout = runLayout(directory);
  const path = join(directory, "ledger.sqlite");
  const key = sourceKey(layout);
  const kept = keptLedger(directory, path, key);
  if (kept !== null) return { database: kept, path, isNew: false, holes: holesIn(kept) };
  build(layout, path, key);
  const database = openLedger(path);
  return { database, path, isNew: true, holes: holesIn(database) };
}

/** Of what the ledger is made from, and of its tables: another one is not of this run as it lies there. */
function sourceKey({ history, directory, verdict }: RunLayout): string {
  const names =
    sortAt(history) === null
      ? []
      : readdirSync(history)
          .toSorted()
          .map((name) => join("history", name));
  const files = [...names, "plan.json", "run.json", basename(verdict)].flatMap((name) => {
    if (sortAt(join(directory, name)) === null) return [];
    const { size, mtimeMs } = lstatSync(join(directory, name));
    return [`${name} ${size} ${mtimeMs}`];
  });
  return sha256(JSON.stringify([files, tables, views, indexes]));
}

/** Null: there is none of this key. Throws `file-refused` for anything that is no regular file. */
function keptLedger(directory: string, path: string, key: string): DatabaseSync | null {
  if (sortAt(path) === null) return null;
  const file = openOwn(directory, basename(path));
  if (typeof file !== "number") throw fileRefused(path, file.refused);
  closeSync(file);
  try {
    const database = openLedger(path);
    if (factOf(database, "built-from") === key) return database;
    database.close();
  } catch {
    // Cut off, or no database: it is built anew.
  }
  return null;
}

function factOf(database: DatabaseSync, name: string): unknown {
  return database.prepare("SELECT value FROM run WHERE name = ?").get(name)?.["value"];
}

function holesIn(database: DatabaseSync): readonly string[] {
  const told = factOf(database, "holes");
  const found: unknown = typeof told === "string" ? JSON.parse(told) : null;
  return Array.isArray(found) ? found.map(String) : [];
}

/** Under another name first: a ledger that is there is whole. */
function build(layout: RunLayout, path: string, key: string): void {
  const recorded = readRecorded(layout);
  const { plan } = recorded;
  if (plan === null)
    throw new RollproofError("history-unreadable", (recorded.reasons ?? []).join(" "), {
      remedy: "Restore the files of one run: without its plan, nothing tells which topics are the pipeline's.",
    });
  const fresh = `${path}.${process.pid}.new`;
  closeSync(openSync(fresh, "wx"));
  try {
    const database = new DatabaseSync(fresh);
    database.exec("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN");
    const filling = beginFilling(database);
    const context = {
      plan,
      description: descriptionOf(plan),
      specification: null,
      hostFactor: recorded.run?.hostFactor ?? 1,
    };
    fillFrom(filling, layout, { recorded, context });
    filling.fact("built-from", key);
    for (const index of indexes) database.exec(index);
    database.exec("COMMIT");
    database.close();
    renameSync(fresh, path);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
}

function fillFrom(
  filling: Filling,
  layout: RunLayout,
  { recorded, context }: { readonly recorded: Recorded; readonly context: CheckerContext },
): void {
  const holes = [...(recorded.reasons ?? [])];
  for (const batch of evidenceOf(layout, context, { disks: true })) {
    filling.step(batch);
    if (batch.kind === "end") holes.push(...batch.end.gaps.map(({ what }) => what));
  }
  const { seed, scenario } = context.plan;
  for (const [name, value] of Object.entries({ seed, scenario: scenario.name, question: scenario.question }))
    filling.fact(name, value);
  for (const name of ["from", "to", "guarantee", "members"] as const) filling.fact(name, scenario[name]);
  const { run } = recorded;
  if (run !== null)
    for (const [name, value] of Object.entries({
      run: run.runId,
      environment: run.environment,
      "host-factor": run.hostFactor,
      kafka: run.versions.kafka,
      features: JSON.stringify(run.versions.features),
    }))
      filling.fact(name, value);
  if (sortAt(layout.verdict) !== null) {
    const { verdict } = readJudged(layout.directory);
    filling.fact("verdict", verdict.outcome);
    filling.fact("headline", verdict.headline);
    for (const anomaly of verdict.anomalies) filling.anomaly(anomaly);
  }
  filling.fact("holes", JSON.stringify(holes));
}
