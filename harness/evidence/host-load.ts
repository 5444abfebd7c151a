import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";

/** How many processors' worth of work others did on this host since the last look; null: this host does not say. */
export type LookAtHost = () => { readonly foreignCpus: number | null; readonly cpus: number };

/** Linux counts processor time in hundredths of a second (USER_HZ, proc(5)). */
const ticksPerSecond = 100;

interface Reading {
  readonly atMs: number;
  /** Ticks in which any process ran, or another guest of the same machine (steal). */
  readonly busy: number;
  readonly own: ReadonlyMap<number, number>;
}

/**
 * `pids`: the run's own processes. What they used is taken off the host's total; the rest is foreign. What Docker itself does for a
 * run in containers (dockerd, containerd, docker-proxy) belongs to no run and counts as foreign: a verdict may become unknown by
 * it, never invalid.
 */
export function startHostLook(pids: () => readonly number[]): LookAtHost {
  let before = read(pids());
  return () => {
    const now = read(pids());
    const last = before;
    before = now;
    const cpus = availableParallelism();
    if (now === null || last === null || now.atMs <= last.atMs) return { foreignCpus: null, cpus };
    const ticks = ((now.atMs - last.atMs) / 1_000) * ticksPerSecond;
    // A process seen for the first time counts from its own start, at most from the last look on.
    const own = [...now.own].reduce((sum, [pid, used]) => sum + Math.max(0, used - (last.own.get(pid) ?? 0)), 0);
    return { foreignCpus: Math.max(0, (now.busy - last.busy - own) / ticks), cpus };
  };
}

function read(pids: readonly number[]): Reading | null {
  try {
    const own = new Map<number, number>();
    for (const pid of pids) {
      const used = ticksOf(pid);
      if (used !== null) own.set(pid, used);
    }
    return { atMs: performance.now(), busy: busyTicks(readFileSync("/proc/stat", "utf8")), own };
  } catch {
    return null; // not Linux
  }
}

/** First line of /proc/stat: cpu user nice system idle iowait irq softirq steal …: all but idle and iowait. */
export function busyTicks(stat: string): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = (stat.split("\n")[0] ?? "")
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return user + nice + system + irq + softirq + steal;
}

/** utime + stime of /proc/<pid>/stat, fields 14 and 15; the command in field 2 may hold blanks. */
function ticksOf(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return Number(fields[11]) + Number(fields[12]);
  } catch {
    return null; // it has ended
  }
}
