import { realpathSync, statSync } from "node:fs";
import { run } from "./command.mjs";
import { pinned } from "./layout.mjs";
import { find } from "./programs.mjs";
import { Trouble } from "./trouble.mjs";

/** Says which Java brokers will be started with, without starting it. No Java is Trouble. */
export function javaIdentity() {
  const path = realpathSync(find("java"));
  const { size, mtimeMs } = statSync(path);
  return `${path} ${size} ${Math.round(mtimeMs)}`;
}

/** Trouble when Java is older than Kafka needs. */
export async function checkJavaVersion() {
  const words = await run(["java", "-version"], { timeoutMs: 30_000 });
  const major = Number(/version "(\d+)/.exec(words)?.[1] ?? 0);
  if (major >= pinned.javaMinimum) return;
  throw new Trouble(
    `Kafka needs Java ${pinned.javaMinimum} or newer; this one says: ${words.split("\n")[0]}`,
    `Install Java ${pinned.javaMinimum} (Debian: apt-get install openjdk-${pinned.javaMinimum}-jre-headless) and put it first on the PATH.`,
  );
}
