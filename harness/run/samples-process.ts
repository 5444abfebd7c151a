import { spawn } from "node:child_process";

/** A JVM and its class loading on a slow host take a few seconds. */
const answerMsMax = 60_000;
const bytesMax = 8 * 1024 * 1024;

export type ProcessSaid = { readonly stdout: string } | { readonly why: string };

/** Runs a command on this host with the text as its stdin; what it printed, or in words why that is not known. */
export async function sampleProcess(argv: readonly string[], stdin: string, directory: string): Promise<ProcessSaid> {
  const [program = "", ...args] = argv;
  const child = spawn(program === "node" ? process.execPath : program, args, {
    cwd: directory,
    stdio: ["pipe", "pipe", "pipe"],
    timeout: answerMsMax,
    killSignal: "SIGKILL",
  });
  const printed: Buffer[] = [];
  let bytes = 0;
  child.stdout.on("data", (piece: Buffer) => {
    bytes += piece.length;
    if (bytes > bytesMax) child.kill("SIGKILL");
    else printed.push(piece);
  });
  let complaint = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaint = `${complaint}${text}`.slice(-2_000);
  });
  child.stdin.on("error", () => undefined); // a program that does not read its input: its end tells
  child.stdin.end(stdin);
  const ended = await new Promise<string | null>((resolve) => {
    child.on("error", (error) => resolve(error.message));
    child.on("close", (code, signal) => resolve(code === 0 ? null : `it ended with ${signal ?? `exit code ${code}`}`));
  });
  if (bytes > bytesMax) return { why: `${program} printed more than ${bytesMax} bytes` };
  if (ended === null) return { stdout: Buffer.concat(printed).toString("utf8") };
  const last = complaint.trim().split("\n").at(-1) ?? "";
  return { why: `${argv.join(" ")}: ${ended}${last === "" ? "" : `; ${last.slice(0, 300)}`}` };
}
