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
