import type { BrokerId, MemberId } from "./brand.ts";

/** A place where Kafka, proxies and members run. Disposing it leaves nothing behind. */
export interface Environment extends AsyncDisposable {
  readonly kind: "process" | "docker";
  /** Why this kind, for people: `auto` says what it found. */
  readonly reason: string;
  readonly capabilities: ReadonlySet<Capability>;
  /** Kafka's version as started. */
  readonly kafka: string;
  /** Direct bootstrap for the harness: no fault travels these links. */
  readonly directBootstrap: readonly string[];
  readonly brokers: readonly BrokerId[];
  readonly memberSlots: readonly MemberId[];
  /** The broker's latest process. */
  broker(id: BrokerId): Process;
  /** Again, after a crash, on the same disk. Resolves when it serves. */
  startBroker(id: BrokerId, disk: "keep", signal: AbortSignal): Promise<Process>;
  /** Starts the next incarnation of the slot's member; the environment computes bootstrap and the contract variables. */
  startMember(slot: MemberId, launch: MemberLaunch, disk: "keep" | "fresh"): Promise<Process>;
  /** One object to injure: this slot's way to this broker. */
  link(from: MemberId, to: BrokerId): Link;
}

export type Capability =
  | "hold-link"
  | "hold-link-one-way"
  | "delay-link"
  | "refuse-link"
  | "reset-link"
  | "crash-member"
  | "pause-member"
  | "crash-broker"
  | "pause-broker"
  | "points";

export interface MemberLaunch {
  readonly version: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Becomes ROLLPROOF_CONFIG. */
  readonly config: Readonly<Record<string, unknown>>;
}

/** One incarnation of a member or broker. */
export interface Process {
  readonly id: string;
  readonly incarnation: number;
  readonly pid: number;
  readonly version: string | null;
  /** Resolves when the process has ended; never rejects. */
  readonly ended: Promise<Exit>;
  /** stop = SIGTERM, crash = SIGKILL, pause = SIGSTOP, resume = SIGCONT. stop and crash resolve at the end. */
  do(verb: "stop" | "crash" | "pause" | "resume", signal: AbortSignal): Promise<void>;
  /** Copies its data directory (call after `ended`). */
  copyDisk(to: string): Promise<{ readonly files: number; readonly bytes: number }>;
  /** `127.0.0.1:port` of a named port (`control`), once known. */
  endpoint(port: "control"): Promise<string>;
  /** What the operating system says now: running, stopped (paused), gone. */
  state(): Promise<"running" | "stopped" | "gone">;
  /** Lines of stdout, from the first. `fold` is called for lines so far, then live. */
  lines(fold: (line: string) => void): void;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

/** A (slot, broker) way through its own proxy. Data of what is applied, read back over the proxy's own API. */
export interface Link {
  readonly from: MemberId;
  readonly to: BrokerId;
  /** Where the member dials. */
  readonly address: string;
  apply(toxic: LinkToxic, signal: AbortSignal): Promise<void>;
  remove(name: string, signal: AbortSignal): Promise<void>;
  /** The toxics in force and whether the proxy is enabled, as the proxy itself reports them. */
  readBack(signal: AbortSignal): Promise<{ readonly enabled: boolean; readonly toxics: readonly LinkToxic[] }>;
}

/** `to-broker` is toxiproxy's upstream, `to-member` its downstream; `disabled` stands for the proxy switched off. */
export interface LinkToxic {
  readonly name: string;
  readonly type: "latency" | "bandwidth" | "reset_peer" | "timeout" | "disabled";
  readonly direction: "to-broker" | "to-member";
  readonly attributes: Readonly<Record<string, number>>;
}

export interface EnvironmentSpec {
  readonly runDirectory: string;
  readonly brokers: number;
  /** Members plus surge. */
  readonly memberSlots: number;
  /** Kafka broker settings of the profile, beyond what the environment itself sets. */
  readonly brokerConfig: Readonly<Record<string, string>>;
}
