import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { beginClock } from "../../../base/clock.ts";
import { RollproofError } from "../../../base/errors.ts";
import type { InjuryInForce } from "../../../model/environment.ts";
import type { Sufferer } from "./sufferer.ts";

const answerMs = 2_000;
/** The header is cut to whole seconds. */
const halfSecondMs = 500;

/** A wall clock of a member's own. */
export interface OwnClock {
  readonly file: string;
  /** Beside the member's data; the member reads it. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * A clock that follows the file `offset` in the folder; as a slot's clock goes on over restarts, what the file says stays. By
 * libfaketime (github.com/wolfcw/libfaketime, README): monotonic clocks are left alone, the file is read at every look.
 */
export async function ownClock(folder: string): Promise<OwnClock> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, "offset");
  await writeFile(file, offsetText(0), { flag: "wx" }).catch((cause: unknown) => {
    if (!(cause instanceof Error && "code" in cause && cause.code === "EEXIST")) throw cause;
  });
  return {
    file,
    folder,
    env: {
      // ld.so puts the system's library folder for $LIB (ld.so(8)); Debian has it there.
      LD_PRELOAD: "/usr/$LIB/faketime/libfaketimeMT.so.1",
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: "1",
      DONT_FAKE_MONOTONIC: "1",
    },
  };
}

/** Sets the member's wall clock off; proven by the `Date` of its control port's answer, against this machine's clock. */
export async function skewClock({ process, clockFile }: Sufferer, offsetMs: number): Promise<InjuryInForce> {
  if (clockFile === null)
    throw new RollproofError("capability-missing", `${process.id} was started with the machine's clock.`, {
      remedy: "Skew a member's clock, in an environment whose members have clocks of their own.",
    });
  await set(clockFile, offsetMs);
  let isOver = false;
  return {
    async probe(signal) {
      const seen = await aheadMs(await process.endpoint("control"), signal);
      if (seen === null) {
        const state = await process.state();
        return { active: isOver && state !== "gone", proof: { state, why: "its control port told no time" } };
      }
      const isOff = Math.abs(seen - offsetMs) < Math.abs(offsetMs) / 2;
      return { active: isOver ? Math.abs(seen) > Math.abs(offsetMs) / 2 : isOff, proof: { aheadMs: seen, offsetMs } };
    },
    async [Symbol.asyncDispose]() {
      await set(clockFile, 0);
      isOver = true;
    },
  };
}

/** Whole at once: a half-written offset would be another one. */
async function set(file: string, offsetMs: number): Promise<void> {
  const next = join(dirname(file), "next");
  await writeFile(next, offsetText(offsetMs));
  await rename(next, file);
}

/** Seconds with their sign, as libfaketime has relative offsets. */
function offsetText(ms: number): string {
  return `${ms < 0 ? "-" : "+"}${Math.abs(ms) / 1000}`;
}

/** How far the clock of an HTTP server is ahead of this machine's, to half a second; null when it does not tell. */
async function aheadMs(address: string, signal: AbortSignal): Promise<number | null> {
  try {
    const late = AbortSignal.any([signal, AbortSignal.timeout(answerMs)]);
    const answer = await fetch(`http://${address}/health`, { signal: late });
    await answer.arrayBuffer();
    const told = Date.parse(answer.headers.get("date") ?? "");
    return Number.isNaN(told) ? null : Math.round(told + halfSecondMs - beginClock().wallMs());
  } catch {
    return null;
  }
}
