import { until } from "../base/deadline.ts";
import { RollproofError } from "../base/errors.ts";
import { brokerId, memberId, type BrokerId, type MemberId } from "../model/brand.ts";
import type { Exit, Process } from "../model/environment.ts";
import type { EventKind, HistoryEvent } from "../model/event.ts";
import { FakeHistory } from "../model/events.fixture.ts";
import type { PlannedFault } from "../model/plan.ts";
import type { ArmedPoint } from "./points.ts";
import { createResolver } from "./resolver.ts";
import { startFaults, type Faults } from "./scheduler.ts";

const members = ["member-1", "member-2"].map(memberId);

/** Processes that only know their state, a bus of events, and a control port that notes what it is asked. */
export class FakeRun extends FakeHistory {
  readonly asked: string[] = [];
  readonly #states = new Map<string, "running" | "stopped" | "gone">();
  readonly #abort = new AbortController();
  readonly #directory: string;
  #commits: (total: number) => void = () => undefined;
  owner: MemberId = memberId("member-1");
  /** Pausing has no effect, though it says so; nobody can say how the processes are. */
  lies = false;
  isUnknown = false;
  /** Acts do not come to their end in time. */
  isLate = false;

  /** `directory`: where the journal goes. */
  constructor(directory: string) {
    super();
    this.#directory = directory;
  }

  start(faults: readonly PlannedFault[]): Promise<Faults> {
    return startFaults({
      plan: { faults },
      record: this.record,
      subscribe: this.subscribe,
      resolve: createResolver({
        view: {
          members,
          brokers: [brokerId("broker-1")],
          owner: () => this.owner,
          leader: () => null,
          coordinator: () => null,
          isCoordinated: true,
        },
        process: (id) => ({
          kind: "process",
          process: this.#process(id),
          serves: null,
          hasPort: true,
          restart: () => Promise.resolve(this.#process(id)),
        }),
        coordinator: () => ({
          kind: "process",
          process: this.#process("coordinator"),
          serves: null,
          hasPort: false,
          restart: () => Promise.resolve(this.#process("coordinator")),
        }),
        link: () => {
          throw new Error("no links here");
        },
      }),
      points: {
        arm: (member: string, { point, stage, partition, nth }: ArmedPoint) => {
          this.asked.push(`arm ${member} ${point} ${stage} ${partition} ${nth}`);
          return Promise.resolve();
        },
        release: (member: string) => {
          this.asked.push(`release ${member} while ${this.#states.get(member) ?? "running"}`);
          return Promise.resolve();
        },
      },
      onCommits: (fold) => {
        this.#commits = fold;
        return { [Symbol.dispose]: () => undefined };
      },
      journalDirectory: this.#directory,
      signal: this.#abort.signal,
      hostFactor: 0.1,
    });
  }

  become(process: string, state: "running" | "gone"): void {
    this.#states.set(process, state);
  }

  commits(total: number): void {
    this.#commits(total);
  }

  interrupt(): void {
    this.#abort.abort(new Error("interrupted"));
  }

  /** The kinds of a fault's events, in order. */
  lifeOf(fault: string): readonly EventKind[] {
    return this.events.filter((event) => "fault" in event && event.fault === fault).map((event) => event.kind);
  }

  async seen(kind: EventKind, fault: string): Promise<HistoryEvent> {
    return await until(
      { what: `${kind} of ${fault}`, timeoutMs: 2_000, everyMs: 2, signal: AbortSignal.timeout(5_000), remedy: "-" },
      () => this.events.find((event) => event.kind === kind && "fault" in event && event.fault === fault),
    );
  }

  atPoint(member: string, task: string): void {
    this.record({ kind: "testimony", member, incarnation: 1, said: "at-point", task, body: { point: "after-send" } });
  }

  #process(id: MemberId | BrokerId | "coordinator"): Process {
    return {
      id,
      incarnation: 1,
      pid: 42,
      version: "v1",
      ended: new Promise<Exit>(() => undefined),
      do: (verb) => {
        if (this.isLate) return Promise.reject(new RollproofError("deadline-passed", "late", { remedy: "-" }));
        if (!this.lies) this.#states.set(id, verb === "pause" ? "stopped" : "running");
        return Promise.resolve();
      },
      injure: () => Promise.reject(new Error("not injured here")),
      dataDirectory: null,
      copyDisk: () => Promise.resolve({ files: [], left: [], leftCount: 0 }),
      endpoint: () => Promise.reject(new Error("no port")),
      state: () =>
        this.isUnknown ? Promise.reject(new Error("no answer")) : Promise.resolve(this.#states.get(id) ?? "running"),
      lines: () => undefined,
      dropped: () => undefined,
      logTail: () => Promise.resolve(""),
    };
  }
}
