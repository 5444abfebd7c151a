import { readFileSync } from "node:fs";
import { join } from "node:path";
import { RollproofError } from "../base/errors.ts";
import { plannedRecords } from "../base/planned-records.ts";
import { diskEvidence } from "../check/disk-copies.ts";
import { memberFolders } from "../check/member-folders.ts";
import { readHistory } from "../history/reader.ts";
import type { CheckpointFile } from "../model/evidence.ts";
import type { HistoryItem } from "../model/history.ts";
import type { PipelineDescription } from "../model/pipeline.ts";
import { parsePlan } from "../plan/plan-file.ts";
import { descriptionOf } from "../run/description-of.ts";
import { runLayout, type RunLayout } from "../run/layout.ts";
import { root } from "../run/provenance.ts";
import { parseRunInfo } from "../run/run-info.ts";
import { loadSpecification } from "../run/specification/load.ts";
import { judgedIn } from "./judgement.ts";
import { knownOf } from "./known.ts";
import type { HistoryName, Recorded } from "./model.ts";
import { remembered } from "./remembered.ts";

export const recordedFolder = join(root, "harness", "plant", "recorded");

/** Reads a recorded run into memory. Throws when it is not whole, or not valid: damage to it would show nothing. */
export async function loadRecorded(name: HistoryName, directory = join(recordedFolder, name)): Promise<Recorded> {
  const layout = runLayout(directory);
  const plan = parsePlan(readFileSync(layout.plan, "utf8"), layout.plan);
  const run = parseRunInfo(readFileSync(layout.runInfo, "utf8"), layout.runInfo);
  const description = descriptionOf(plan);
  if (description.specificationPath === null) throw unusable(directory, "its pipeline has no specification");
  const loaded = await loadSpecification(join(root, description.specificationPath));
  const { specification, seal } = remembered(loaded.specification);
  const history = readHistory(layout.history);
  const items = [...history.items()];
  const end = history.end();
  if (!end.complete) throw unusable(directory, end.problems[0]?.what ?? "it is not complete");
  const files = filesIn(items, layout, description);
  const partitions = plan.scenario.workload.partitions;
  const known = knownOf({ description, specification, partitions, items, files });
  const recorded: Recorded = {
    name,
    directory,
    plan,
    run,
    description,
    specification,
    items,
    files,
    known,
    planned: plannedRecords(description, plan.seed, plan.scenario.workload),
    folders: memberFolders(directory),
  };
  const verdict = judgedIn(recorded, { ...recorded, spoilt: [] });
  if (verdict.outcome !== "valid") throw unusable(directory, `it is ${verdict.outcome}: ${verdict.headline}`);
  seal();
  return recorded;
}

function unusable(directory: string, why: string): RollproofError {
  return new RollproofError("history-unreadable", `The recorded run in ${directory} cannot be used: ${why}.`, {
    remedy: "Record it again: `npm run plant -- --record`.",
  });
}

function filesIn(
  items: readonly HistoryItem[],
  layout: RunLayout,
  description: PipelineDescription,
): ReadonlyMap<number, readonly CheckpointFile[]> {
  const files = new Map<number, readonly CheckpointFile[]>();
  for (const [index, item] of items.entries()) {
    const found = [...diskEvidence(layout, item, description)];
    const damage = found.find((one) => one.kind === "damage");
    if (damage !== undefined) throw unusable(layout.directory, damage.what);
    files.set(
      index,
      found.flatMap((one) => (one.kind === "checkpoint" ? [one.file] : [])),
    );
  }
  return files;
}
