import { readFileSync, readdirSync } from "node:fs";

/** What proves that a pid is still the process that was started: a pid alone is soon another's. */
export interface ProcessProof {
  readonly pid: number;
  /** Start time in clock ticks since boot: field 22 of /proc/<pid>/stat (proc(5)). */
  readonly startTicks: number;
  /** Kernel's boot id: start ticks mean nothing across boots. */
  readonly bootId: string;
  /** The arguments, joined by spaces, as /proc/<pid>/cmdline has them. */
  readonly commandLine: string;
}

/** State letter and start time of a process; null: there is none. */
export function statOf(pid: number): { readonly state: string; readonly startTicks: number } | null {
  const text = readOrNull(`/proc/${pid}/stat`);
  if (text === null) return null;
  // The second field is the command in parentheses and may itself hold spaces and parentheses.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return { state: fields[0] ?? "?", startTicks: Number(fields[19]) };
}

/** Proof of the process that has this pid now; null: there is none, or it is a zombie already. */
export function proofOf(pid: number): ProcessProof | null {
  const stat = statOf(pid);
  if (stat === null || isDead(stat.state)) return null;
  return { pid, startTicks: stat.startTicks, bootId: bootId(), commandLine: commandLineOf(pid) };
}

/** Whether the process that the proof was taken of still runs (or is paused). */
export function isAlive(proof: ProcessProof): boolean {
  const now = proofOf(proof.pid);
  return (
    now !== null &&
    now.startTicks === proof.startTicks &&
    now.bootId === proof.bootId &&
    now.commandLine === proof.commandLine
  );
}

export function isDead(state: string): boolean {
  return state === "Z" || state === "X" || state === "x";
}

/** Pids of living processes whose environment, as they were started, holds `variable`=`value`. Our own user's only. */
export function pidsWithVariable(variable: string, value: string): readonly number[] {
  const wanted = `${variable}=${value}`;
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid && holds(pid, wanted));
}

function holds(pid: number, wanted: string): boolean {
  const environment = readOrNull(`/proc/${pid}/environ`);
  if (environment === null || !environment.split("\0").includes(wanted)) return false;
  const stat = statOf(pid);
  return stat !== null && !isDead(stat.state);
}

export function commandLineOf(pid: number): string {
  return (readOrNull(`/proc/${pid}/cmdline`) ?? "").split("\0").join(" ").trim();
}

function bootId(): string {
  return (readOrNull("/proc/sys/kernel/random/boot_id") ?? "unknown").trim();
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null; // gone, or another user's
  }
}
