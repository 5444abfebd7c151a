import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { format, resolveConfig } from "prettier";
import { root } from "../run/provenance.ts";
import { kinds } from "./kinds.ts";
import { invisibleReasons, tablesOf } from "./table.ts";
import type { Tally } from "./tally.ts";

const documentPath = join(root, "docs", "detection.md");
const begins = "<!-- npm run plant writes what follows -->";

/** Puts the tables behind the text of docs/detection.md, which stays. */
export async function writeDocument(tallies: readonly Tally[], seed: string): Promise<void> {
  const text = await readFile(documentPath, "utf8");
  const kept = text.slice(0, text.indexOf(begins) + begins.length);
  const trials = tallies.reduce(
    (most, { counts }) =>
      Math.max(
        most,
        Object.values(counts).reduce((a, b) => a + b, 0),
      ),
    0,
  );
  const reasons = invisibleReasons(kinds).map((line) => `- ${line}`);
  const written = [
    kept,
    `Written with seed ${seed}, ${trials} trials of each kind in each history.`,
    tablesOf(kinds, tallies),
    "## What nothing can show",
    reasons.join("\n"),
  ].join("\n\n");
  const options = await resolveConfig(documentPath);
  await writeFile(documentPath, await format(written, { ...options, parser: "markdown" }));
}
