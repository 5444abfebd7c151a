import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { MemberLaunch } from "../../model/environment.ts";

/**
 * A member that does nothing but what the contract asks: it names its control port, answers on it, writes a file and ends on
 * SIGTERM. It starts a process of its own that ignores SIGTERM, as a careless pipeline might.
 */
const source = `
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
const { ROLLPROOF_DATA_DIR: data, ROLLPROOF_INCARNATION: incarnation, ROLLPROOF_CONTROL_PORT: port, ROLLPROOF_CONTROL_HOST: host } = process.env;
writeFileSync(join(data, "incarnation-" + incarnation), "x".repeat(10));
spawn("sleep", ["600"], { stdio: "ignore" });
const server = createServer((_, response) => response.end("here"));
server.listen(Number(port), host, () => {
  console.log(JSON.stringify({ rollproof: 1, seq: 0, kind: "listening", task: null, body: { port: server.address().port } }));
  console.error("a word for the log");
  console.log("data in " + data);
});
process.on("SIGTERM", () => process.exit(0));
`;

/** Folders below the system's temporary one, removed on disposal. */
export interface Place extends Disposable {
  readonly runDirectory: string;
  readonly member: MemberLaunch;
}

export function makePlace(): Place {
  const folder = mkdtempSync(join(tmpdir(), "rollproof-environment-"));
  const script = join(folder, "reference-pipeline.mjs");
  writeFileSync(script, source);
  return {
    runDirectory: join(folder, "runs", "run-1"),
    member: {
      version: "v1",
      argv: ["node", script],
      env: {},
      config: { topic: "payments" },
      variables: {},
      image: null,
      mounts: [script],
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
