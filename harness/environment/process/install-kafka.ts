import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { within } from "../../base/deadline.ts";
import { RollproofError } from "../../base/errors.ts";
import { lineOf, pinnedKafka } from "../cluster/broker-versions.ts";
import { kafkaClassPath } from "./tools.ts";

const bootstrap = fileURLToPath(new URL("../../bootstrap/main.mjs", import.meta.url));
const timeoutMs = 8 * 60_000;
const keptCharacters = 2_000;

/**
 * Makes sure of the jars of these versions. The pinned one is the bootstrap's own business, at every start; any other is installed
 * here, once for this machine, by the same installer, whose lines of progress go to stderr. Throws `tool-missing`, `usage`.
 */
export async function installKafka(versions: readonly string[], signal: AbortSignal): Promise<void> {
  for (const version of new Set(versions)) {
    lineOf(version);
    if (version !== pinnedKafka) await install(version, signal);
    kafkaClassPath(version);
  }
}

async function install(version: string, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const argv = [bootstrap, "--kafka", version];
  const remedy = `Run \`node harness/bootstrap/main.mjs --kafka ${version}\` and read what it says.`;
  // A group of its own: Maven, which the installer starts, ends with it.
  const child = spawn(process.execPath, argv, { stdio: ["ignore", "ignore", "pipe"], detached: true });
  let words = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    process.stderr.write(text);
    words = (words + text).slice(-keptCharacters);
  });
  const ended = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("close", (code, name) => resolve(name ?? `exit ${code}`));
  });
  let how: string;
  try {
    how = await within({ what: `Kafka ${version} to be installed`, timeoutMs, signal, remedy }, ended);
  } catch (error) {
    endGroup(child.pid);
    throw error;
  }
  if (how === "exit 0") return;
  throw new RollproofError("tool-missing", `Kafka ${version} could not be installed (${how}): ${words.trim()}`, {
    remedy,
  });
}

function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch {
    // ended in between
  }
}
