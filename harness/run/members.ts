import { join } from "node:path";
import { until } from "../base/deadline.ts";
import { RollproofError } from "../base/errors.ts";
import { memberId } from "../model/brand.ts";
import type { Environment, MemberLaunch, Process } from "../model/environment.ts";
import type { RecordEvent } from "../model/event.ts";
import { injurable } from "./injurable.ts";
import type { RunLayout } from "./layout.ts";

export interface MembersOptions {
  readonly environment: Environment;
  readonly layout: RunLayout;
  readonly record: RecordEvent;
  /** Start command and configuration of a version. */
  readonly launch: (version: string) => MemberLaunch;
  /** SHA-256 of a version's sources. */
  readonly sha256: (version: string) => string;
  /** Members name a control port once they listen; of others only the process is known here. */
  readonly speaks: boolean;
  /** Called with every line of a member's stdout. */
  readonly line: (member: string, incarnation: number, line: string) => void;
  readonly signal: AbortSignal;
}

interface Seat {
  /** The living process. */
  process: Process | null;
  /** The latest incarnation, living or not. */
  latest: Process | null;
  version: string | null;
  /** Why the process is expected to end now. */
  ending: "asked" | "fault" | null;
  /** The orderly end of the last incarnation: its disk is copied when this resolves. */
  settled: Promise<void>;
  unexpectedEnds: number;
  /** Of the latest end that nobody asked for, by a member that had not listened yet. */
  failure: RollproofError | null;
}

/** After so many ends that nobody asked for, a member stays down: its pipeline is broken, and the run says so. */
const unexpectedEndsMax = 20;
const restartAfterMs = 500;
/** A member that ends so often before it was ever ready will not be. */
const endsAtStartMax = 3;
/** Before the environment ends what is left, an orderly stop takes this long at most, also when the run was called off. */
const stopTimeoutMs = 30_000;

/**
 * The members of the pipeline: starts and ends their incarnations, records both, copies the disk at every end before
 * the successor starts, and starts a member again that ended unasked, as a supervisor in production would.
 */
export class Members implements AsyncDisposable {
  readonly #options: MembersOptions;
  readonly #seats = new Map<string, Seat>();
  #closing = false;

  constructor(options: MembersOptions) {
    this.#options = options;
    for (const slot of options.environment.memberSlots)
      this.#seats.set(slot, {
        process: null,
        latest: null,
        version: null,
        ending: null,
        settled: Promise.resolve(),
        unexpectedEnds: 0,
        failure: null,
      });
  }

  /** Why a member that ended again and again at its start will never be ready, with the end of its log; null: none did. */
  broken(): RollproofError | null {
    const seat = [...this.#seats.values()].find(({ unexpectedEnds }) => unexpectedEnds >= endsAtStartMax);
    return seat?.failure ?? null;
  }

  /** The living process of a slot, or null. */
  living(member: string): Process | null {
    return this.#seat(member).process;
  }

  /** The latest incarnation, living or not. */
  latest(member: string): Process {
    const { latest } = this.#seat(member);
    if (latest === null)
      throw new RollproofError("defect", `${member} was asked for before its first start.`, { remedy: "Report it." });
    return latest;
  }

  /** Every living process. */
  all(): readonly Process[] {
    return [...this.#seats.values()].flatMap(({ process }) => (process === null ? [] : [process]));
  }

  async start(member: string, version: string): Promise<Process> {
    const seat = this.#seat(member);
    await seat.settled;
    const { environment, record, launch, sha256, line } = this.#options;
    const process = await environment.startMember(memberId(member), launch(version), "keep");
    seat.process = process;
    seat.latest = process;
    seat.version = version;
    seat.ending = null;
    record({
      kind: "process-started",
      process: member,
      incarnation: process.incarnation,
      version,
      pid: process.pid,
      sha256: sha256(version),
    });
    process.lines((text) => line(member, process.incarnation, text));
    seat.settled = this.#watch(member, seat, process);
    return process;
  }

  /** SIGTERM, the end, and the copy of the disk. */
  async stop(member: string, signal: AbortSignal): Promise<void> {
    const seat = this.#seat(member);
    if (seat.process !== null) {
      seat.ending = "asked";
      await seat.process.do("stop", signal);
    }
    await seat.settled;
  }

  /** The process as a fault sees it: an end that it brings about is recorded as the fault's. */
  target(member: string): Process {
    const seat = this.#seat(member);
    const process = this.latest(member);
    return injurable(process, {
      take: () => void (seat.ending = "fault"),
      withdraw: () => {
        if (seat.process === process && seat.ending === "fault") seat.ending = null;
      },
      recorded: () => seat.settled,
    });
  }

  /** Brings up the next incarnation after `after`, unless it is there already, and waits until it listens, if it ever does. */
  async restart(member: string, after: Process, version: string, signal: AbortSignal): Promise<Process> {
    const { process: living } = this.#seat(member);
    const process =
      living !== null && living.incarnation > after.incarnation ? living : await this.start(member, version);
    if (!this.#options.speaks) return process;
    await until(
      { what: `${member} to listen again`, timeoutMs: 20_000, signal, remedy: `Read members/${member}/*/log.` },
      async () => (await Promise.race([process.endpoint("control").then(() => true), process.ended])) !== undefined,
    );
    return process;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = true;
    const signal = AbortSignal.timeout(stopTimeoutMs);
    await Promise.all([...this.#seats.keys()].map((member) => this.stop(member, signal).catch(() => undefined)));
  }

  async #watch(member: string, seat: Seat, process: Process): Promise<void> {
    const { record, layout } = this.#options;
    const exit = await process.ended;
    const cause = seat.ending ?? "unexpected";
    seat.process = null;
    seat.ending = null;
    record({
      kind: "process-ended",
      process: member,
      incarnation: process.incarnation,
      code: exit.code,
      signal: exit.signal,
      cause,
    });
    if (cause === "unexpected") seat.failure = await failureOf(process);
    const path = layout.disk(member, process.incarnation);
    try {
      const copied = await process.copyDisk(join(layout.directory, path));
      record({ kind: "disk-copied", member, incarnation: process.incarnation, path, ...copied });
    } catch (error) {
      record({ kind: "disk-copy-failed", member, incarnation: process.incarnation, why: String(error) });
    }
    if (cause === "unexpected" && !this.#closing && !this.#options.signal.aborted) this.#startAgain(member, seat);
  }

  #startAgain(member: string, seat: Seat): void {
    seat.unexpectedEnds += 1;
    const { version } = seat;
    if (version === null || seat.unexpectedEnds > unexpectedEndsMax) return;
    setTimeout(() => {
      if (this.#closing || this.#options.signal.aborted || seat.process !== null || seat.version !== version) return;
      this.start(member, version).catch((error: unknown) =>
        this.#options.record({
          kind: "defect",
          what: `${member} could not be started again: ${String(error)}`,
          stack: null,
        }),
      );
    }, restartAfterMs).unref();
  }

  #seat(member: string): Seat {
    const seat = this.#seats.get(member);
    if (seat === undefined)
      throw new RollproofError("scenario-invalid", `There is no ${member} in this run.`, {
        remedy: `Name one of ${[...this.#seats.keys()].join(", ")}.`,
      });
    return seat;
  }
}

/** What a process that has ended says of its end; null: it listened, so that it is its own log that tells. */
async function failureOf(process: Process): Promise<RollproofError | null> {
  try {
    await process.endpoint("control");
    return null;
  } catch (error) {
    return error instanceof RollproofError ? error : null;
  }
}
