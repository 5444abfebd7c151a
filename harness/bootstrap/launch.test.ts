import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";

const launcher = fileURLToPath(new URL("./launch.mjs", import.meta.url));

/** A process that launches a script as the bootstrap does, and exits with its code. */
function launching(script: string): ChildProcess {
  const source = `import { launch } from ${JSON.stringify(launcher)};
    process.exitCode = await launch(process.execPath, ["--input-type=module", "--eval", ${JSON.stringify(script)}]);`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", source], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { PATH: process.env["PATH"] },
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

function words(child: ChildProcess): { text: string } {
  const said = { text: "" };
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (said.text += text));
  return said;
}

const waits = "setInterval(() => undefined, 1000);";

test("the exit code is handed on", async () => {
  const child = launching("process.exit(7)");
  expect(await once(child, "exit")).toEqual([7, null]);
});

test("a signal that comes twice at once reaches the command once", async () => {
  const child =
    launching(`process.on("SIGINT", () => { console.log("told"); setTimeout(() => process.exit(130), 100); });
    console.log("up"); ${waits}`);
  const said = words(child);
  await expect.poll(() => said.text, { timeout: 5_000 }).toBe("up\n");
  child.kill("SIGINT");
  child.kill("SIGINT");
  expect(await once(child, "exit")).toEqual([130, null]);
  expect(said.text).toBe("up\ntold\n");
});

test("the command dies with whoever launched it", async () => {
  const child = launching(`console.log(process.pid); ${waits}`);
  const said = words(child);
  await expect.poll(() => said.text, { timeout: 5_000 }).toMatch(/^\d+\n$/);
  child.kill("SIGKILL");
  await expect.poll(() => isThere(Number(said.text)), { timeout: 5_000 }).toBe(false);
});

/** A zombie is not there: it only waits for somebody to ask how it ended. */
function isThere(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}
