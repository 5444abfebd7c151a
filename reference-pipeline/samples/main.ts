import { strategyOf } from "../mutants/catalogue.ts";
import { versions } from "../versions/versions.ts";
import { answerTo } from "./read.ts";
import type { Sample } from "./sample.ts";
import { samplesOf } from "./write.ts";

/**
 * `node reference-pipeline/samples/main.ts v1|v2 MUTANT write|read`: the version's samples on stdout, or its answers to those on stdin.
 * One line of JSON each.
 */
const [name = "", mutant = "", mode] = process.argv.slice(2);
const known = versions[name];
const strategy = strategyOf(mutant === "" ? null : mutant);
if (known === undefined || strategy === undefined || (mode !== "write" && mode !== "read"))
  throw new Error(`Expected a version of ${Object.keys(versions).join(", ")}, a mutant or nothing, and write or read`);
const version = strategy.version(known);
print(mode === "write" ? samplesOf(version) : (await samplesGiven()).map((sample) => answerTo(version, sample)));

async function samplesGiven(): Promise<readonly Sample[]> {
  process.stdin.setEncoding("utf8");
  let text = "";
  for await (const piece of process.stdin) text += String(piece);
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line): Sample => JSON.parse(line));
}

function print(lines: readonly unknown[]): void {
  process.stdout.write(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
}
