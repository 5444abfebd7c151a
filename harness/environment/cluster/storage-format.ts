import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { freshKafkaUuid } from "../../base/chance.ts";
import { within } from "../../base/deadline.ts";
import { sha256 } from "../../base/digest.ts";
import { RollproofError } from "../../base/errors.ts";
import { canonicalJson } from "../../base/json.ts";
import type { EnvironmentSpec, Exit } from "../../model/environment.ts";
import { levelsText, type FeatureLevels } from "../../model/kafka-features.ts";
import { repository } from "../repository.ts";
import { logTail } from "../output/log-tail.ts";
import { oldestVersion } from "./broker-versions.ts";
import { levelsIn } from "./checkpoint-levels.ts";

/** What makes log directories formatted ones: Kafka's own bootstrap.checkpoint, and the levels that it holds. */
export interface StorageFormat {
  readonly checkpoint: Uint8Array;
  readonly levels: FeatureLevels;
}

/** Kafka's storage tool as one environment runs it. */
export interface StorageTool {
  /** What messages call it. */
  program(version: string): string;
  /** The start of the paths under which its answers are kept; another one for another build of the version. */
  keptAt(version: string): Promise<string>;
  /** Runs the tool of a version to its end. It may write into `folder`; its output goes to `log`. */
  run(
    parameters: readonly string[],
    life: { readonly version: string; readonly folder: string; readonly log: string; readonly signal: AbortSignal },
  ): Promise<Exit>;
}

/** Answers that are good for as long as the program is the same. */
export const formatsFolder = join(repository, ".rollproof", "tools", "formats");
const toolTimeoutMs = 60_000;

/**
 * The format of a cluster of these brokers: what `kafka-storage format` of the oldest version writes, so that every broker supports
 * its levels. The tool's answer is kept for the next run. Throws `usage` with the tool's words when it refuses the levels.
 */
export async function formatStorage(
  tool: StorageTool,
  { brokers, features = {}, runDirectory }: Pick<EnvironmentSpec, "brokers" | "features" | "runDirectory">,
  signal: AbortSignal,
): Promise<StorageFormat> {
  const version = oldestVersion(brokers);
  const path = `${await tool.keptAt(version)}-${sha256(canonicalJson(features)).slice(0, 16)}.checkpoint`;
  const before = await readKept(path, features);
  if (before !== null) return before;
  const folder = join(runDirectory, "format");
  try {
    const checkpoint = await runTool(tool, { version, features, folder, signal });
    const format = { checkpoint, levels: levelsIn(checkpoint) };
    await keep(path, checkpoint);
    return format;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function runTool(
  tool: StorageTool,
  wanted: {
    readonly version: string;
    readonly features: FeatureLevels;
    readonly folder: string;
    readonly signal: AbortSignal;
  },
): Promise<Uint8Array> {
  const { version, features, folder, signal } = wanted;
  const data = join(folder, "data");
  const config = join(folder, "server.properties");
  const log = join(folder, "log");
  await rm(folder, { recursive: true, force: true });
  await mkdir(data, { recursive: true });
  await writeFile(config, settings(data));
  const levels = Object.entries(features).flatMap(([name, level]) => ["--feature", `${name}=${level}`]);
  const parameters = ["format", "--cluster-id", freshKafkaUuid(), "--config", config, ...levels];
  const remedy = "Free processors and memory, then run again.";
  const exit = await within(
    { what: `${tool.program(version)} to end`, timeoutMs: toolTimeoutMs, signal, remedy },
    tool.run(parameters, { version, folder, log, signal }),
  );
  if (exit.code !== 0) throw await refusal(tool.program(version), features, exit, log);
  return await readFile(join(data, "bootstrap.checkpoint"));
}

async function refusal(program: string, features: FeatureLevels, exit: Exit, log: string): Promise<RollproofError> {
  const words = (await logTail(log)).replaceAll(/\n\tat .*/g, "");
  if (Object.keys(features).length > 0 && /feature|metadata\.?version/i.test(words))
    return new RollproofError("usage", `${program} refuses the levels ${levelsText(features)}:\n${words}`, {
      remedy: "Mend brokers.features in the scenario.",
    });
  return new RollproofError(
    "environment-unavailable",
    `${program} failed (${exit.signal ?? exit.code}). The end of its log:\n${words}`,
    { remedy: "Read the lines above; `npm run -s rollproof -- doctor` lists what is missing." },
  );
}

/** The node's configuration as far as the tool reads it: a static quorum, and the folder to format. */
function settings(data: string): string {
  return [
    "process.roles=broker,controller",
    "node.id=1",
    "controller.quorum.voters=1@127.0.0.1:9093",
    "controller.listener.names=CONTROLLER",
    "listeners=CONTROLLER://127.0.0.1:9093,PLAINTEXT://127.0.0.1:9092",
    `log.dirs=${data}`,
    "",
  ].join("\n");
}

/** null when there is none, or none that can be used. */
async function readKept(path: string, features: FeatureLevels): Promise<StorageFormat | null> {
  try {
    const checkpoint = await readFile(path);
    const levels = levelsIn(checkpoint);
    const agrees = Object.entries(features).every(([name, level]) => (levels[name] ?? 0) === level);
    return agrees && "metadata.version" in levels ? { checkpoint, levels } : null;
  } catch {
    return null;
  }
}

async function keep(path: string, checkpoint: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const fresh = `${path}.${process.pid}`;
  await writeFile(fresh, checkpoint);
  await rename(fresh, path);
}
