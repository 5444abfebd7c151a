import { join } from "node:path";
import { until } from "../base/deadline.ts";
import { RollproofError } from "../base/errors.ts";
import { memberId } from "../model/brand.ts";
import type { Environment, Exit, MemberEnd, MemberLaunch, Process } from "../model/environment.ts";
import { copyFields } from "../model/disk-copy.ts";
import type { RecordEvent } from "../model/event.ts";
import { CheckpointCapture } from "./checkpoint-capture.ts";
import { injurable } from "../base/injurable.ts";
import { pause, Seat } from "./seat.ts";

export interface MembersOptions {
  readonly environment: Pick<Environment, "memberSlots" | "startMember">;
  readonly layout: {
    /** Of the run. */
    readonly directory: string;
    /** Where the copy of a disk goes, relative to the run directory. */
    disk(member: string, incarnation: number): string;
    /** Where a captured checkpoint goes, relative to the run directory. */
    captured(member: string, incarnation: number, sha256: string): string;
  };
  /** Whether a file of that name, relative to a data directory, is a checkpoint; null: the pipeline has none. */
  readonly isCheckpoint: ((name: string) => boolean) | null;
  readonly record: RecordEvent;
  /** Start command and configuration of a version. */
  readonly launch: (version: string) => MemberLaunch;
  /** SHA-256 of a version's sources. */
  readonly sha256: (version: string) => string;
  /** Members name a control port once they listen; of others only the process is known here. */
  readonly speaks: boolean;
  /** Called with every line of a member's stdout. */
  readonly line: (member: string, incarnation: number, line: string) => void;
  /** Called with the bytes of its output that have been dropped so far, whenever they have become more. */
  readonly dropped: (member: string, incarnation: number, bytes: number) => void;
  readonly signal: AbortSignal;
  /** Before a member that ended by itself is started again; a real pause unless told. */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** What is known of a member's ends by itself. */
interface Failure {
  /** Of the latest. */
  readonly version: string | null;
  readonly words: string;
  readonly count: number;
}

/** A member that ends so often before it was ever ready will not be. */
const endsAtStartMax = 3;

/**
 * The members of the pipeline, a seat each: starts and ends their incarnations, records both, captures the checkpoints that
 * they publish, and copies the disk at every end before the successor starts. A member that ended by itself is started again, as a supervisor in production would.
 */
export class Members implements AsyncDisposable {
  readonly #options: MembersOptions;
  readonly #seats: ReadonlyMap<string, Seat>;
  /** By member; none where the pipeline has no checkpoints. */
  readonly #captures: ReadonlyMap<string, CheckpointCapture>;
  /** By member: its ends by itself. */
  readonly #failures = new Map<string, Failure>();

  constructor(options: MembersOptions) {
    this.#options = options;
    this.#captures = capturesOf(options);
    this.#seats = new Map(options.environment.memberSlots.map((slot) => [slot, this.#seatOf(slot)]));
  }

  /** Why a member that ended again and again at its start will never be ready, with the end of its log; null: none did. */
  broken(): RollproofError | null {
    for (const [member, { count, words }] of this.#failures) {
      if (count < endsAtStartMax) continue;
      const message = `${member} ended ${count} times at its start. ${words}`;
      return new RollproofError("member-failed", message, {
        remedy: `Read members/${member}/*/log in the run directory; run the program's command by hand.`,
      });
    }
    return null;
  }

  /** How the member last ended by itself and at which version, with the end of its log; null: it never did. */
  failure(member: string): Pick<Failure, "version" | "words"> | null {
    const failure = this.#failures.get(member);
    return failure === undefined ? null : { version: failure.version, words: failure.words };
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
    return [...this.#seats.values()].flatMap(({ living }) => living ?? []);
  }

  async start(member: string, version: string): Promise<Process> {
    return await this.#seat(member).start(version);
  }

  /** SIGTERM, the end, and the copy of the disk. It stays down; one that was about to be started again, too. */
  async stop(member: string, signal: AbortSignal): Promise<MemberEnd> {
    const end = await this.#seat(member).stop(signal);
    if (end === null)
      throw new RollproofError("defect", `${member} was stopped before its first start.`, { remedy: "Report it." });
    return end;
  }

  /** The process as a fault sees it: an end that it brings about is recorded as the fault's. */
  target(member: string): Process {
    const seat = this.#seat(member);
    const process = this.latest(member);
    return injurable(process, {
      take: (by) => seat.blame(process, by),
      withdraw: () => seat.blame(process, null),
      recorded: () => seat.settled(process),
    });
  }

  /** Brings up the next incarnation after `after`, unless it is there already, and waits until it listens, if it ever does. */
  async restart(member: string, after: Process, version: () => string, signal: AbortSignal): Promise<Process> {
    const process = await this.#seat(member).restart(after, version, signal);
    if (!this.#options.speaks) return process;
    await until(
      { what: `${member} to listen again`, timeoutMs: 20_000, signal, remedy: `Read members/${member}/*/log.` },
      async () => (await Promise.race([process.endpoint("control").then(() => true), process.ended])) !== undefined,
    );
    return process;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#seats.values()].map(async (seat) => await seat.close()));
  }

  #seatOf(member: string): Seat {
    const { record, signal } = this.#options;
    return new Seat(
      member,
      {
        start: async (version) => await this.#launch(member, version),
        settle: async (process, end) => await this.#settle(member, process, end),
        restartFailed: (error) =>
          void record({ kind: "defect", what: `${member} could not be started again: ${String(error)}`, stack: null }),
        pause: this.#options.pause ?? pause,
      },
      signal,
    );
  }

  async #launch(member: string, version: string): Promise<Process> {
    const { environment, record, launch, sha256, line, dropped } = this.#options;
    const process = await environment.startMember(memberId(member), launch(version), "keep");
    const { incarnation, pid } = process;
    record({ kind: "process-started", process: member, incarnation, version, pid, sha256: sha256(version) });
    this.#captures.get(member)?.begin(incarnation, process.dataDirectory);
    process.lines((text) => line(member, incarnation, text));
    process.dropped((bytes) => dropped(member, incarnation, bytes));
    return process;
  }

  async #settle(member: string, process: Process, { incarnation, exit, cause }: MemberEnd): Promise<void> {
    const { record, layout } = this.#options;
    record({ kind: "process-ended", process: member, incarnation, ...exit, cause });
    if (cause === "unexpected") await this.#noteFailure(member, process, exit);
    await this.#captures.get(member)?.end();
    const path = layout.disk(member, incarnation);
    try {
      const copied = await process.copyDisk(join(layout.directory, path));
      record({ kind: "disk-copied", member, incarnation, path, ...copyFields(copied) });
    } catch (error) {
      record({ kind: "disk-copy-failed", member, incarnation, why: String(error) });
    }
  }

  async #noteFailure(member: string, process: Process, exit: Exit): Promise<void> {
    const words = await endInWords(process, exit);
    const count = (this.#failures.get(member)?.count ?? 0) + 1;
    this.#failures.set(member, { version: process.version, words, count });
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

function capturesOf({ environment, isCheckpoint, layout, record }: MembersOptions): Map<string, CheckpointCapture> {
  if (isCheckpoint === null) return new Map();
  return new Map(
    environment.memberSlots.map((member) => {
      const target = (incarnation: number, sha256: string): string =>
        join(layout.directory, layout.captured(member, incarnation, sha256));
      return [member, new CheckpointCapture({ member, isCheckpoint, target, record })];
    }),
  );
}

async function endInWords(process: Process, { code, signal }: Exit): Promise<string> {
  const how = signal === null ? `with exit code ${code}` : `by ${signal}`;
  const { id, incarnation, version } = process;
  const tail = await process.logTail().catch(() => "(it cannot be read)");
  return `${id} at ${version} (incarnation ${incarnation}) ended by itself ${how}. The end of its log:\n${tail}`;
}
