import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const main = fileURLToPath(new URL("./main.mjs", import.meta.url));

test("a missing tool is two lines that name the remedy, and exit code 69", () => {
  const { status, stderr, stdout } = spawnSync(process.execPath, [main, "run", "x.yaml"], {
    env: { PATH: "/nowhere" },
    encoding: "utf8",
  });
  expect({ status, stderr, stdout }).toEqual({
    status: 69,
    stderr:
      "rollproof: java is not on the PATH.\n  remedy: Install Java 17 or newer (Debian: apt-get install openjdk-17-jre-headless), then try again.\n",
    stdout: "",
  });
});

test.each(["../4.1.1", "4.1.1 -X", "4.1", "3.8.0", "4.1.100", ""])("--kafka %j is no version to install", (version) => {
  const { status, stderr } = spawnSync(process.execPath, [main, "--kafka", version], { encoding: "utf8" });
  expect({ status, stderr }).toEqual({
    status: 69,
    stderr: "rollproof: --kafka takes a version of Kafka: 3.9.N or 4.1.N.\n  remedy: Say for example --kafka 3.9.1.\n",
  });
});
