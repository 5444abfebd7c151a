import type { BrokerId, MemberId } from "./brand.ts";
import type { DiskCopy } from "./disk-copy.ts";
import type { Json } from "./event.ts";
import type { ImageOverrides } from "./image.ts";
import type { FeatureLevels } from "./kafka-features.ts";

export const environmentChoices = ["auto", "process", "docker"] as const;
/** What a person asks for; `auto`: what the machine has. */
export type EnvironmentChoice = (typeof environmentChoices)[number];

/** What is taken for a run. */
export interface ChosenEnvironment {
  readonly kind: Exclude<EnvironmentChoice, "auto">;
  /** Why this kind, for people. */
  readonly reason: string;
}

/** A place where Kafka, proxies and members run. Disposing it leaves nothing behind. */
export interface Environment extends AsyncDisposable {
  readonly kind: ChosenEnvironment["kind"];
  /** Why this kind, for people: `auto` says what it found. */
  readonly reason: string;
  readonly capabilities: ReadonlySet<Capability>;
  /** Kafka's versions as started: `4.1.1`, or one a broker where they differ. */
  readonly kafka: string;
  /** Levels of Kafka's features that the brokers' storage was formatted with. */
  readonly features: FeatureLevels;
  /** Direct bootstrap for the harness: no fault travels these links. */
  readonly directBootstrap: readonly string[];
  readonly brokers: readonly BrokerId[];
  readonly memberSlots: readonly MemberId[];
  /** What it runs besides brokers and members, as numbers of this host's processes; 0 where one is not known. */
  readonly serverPids: readonly number[];
  /** The broker's latest process. */
  broker(id: BrokerId): Process;
  /** Again, after its end, on the same disk, at its last version unless another is given. Resolves when it serves. */
  startBroker(id: BrokerId, how: BrokerStart, signal: AbortSignal): Promise<Process>;
  /** Starts the next incarnation of the slot's member; the environment computes bootstrap and the contract variables. */
  startMember(slot: MemberId, launch: MemberLaunch, disk: "keep" | "fresh"): Promise<Process>;
  /** One object to injure: this slot's way to this broker. */
  link(from: MemberId, to: BrokerId): Link;
}

/** What an environment can do: to links, to processes of a sort, and with points. */
export type Capability =
  | "hold-link"
  | "hold-link-one-way"
  | "delay-link"
  | "bandwidth-link"
  | "slice-link"
  | "refuse-link"
  | "reset-link"
  | `${"crash" | "stop" | "pause" | ProcessInjury["kind"]}-${"member" | "broker"}`
  | "points";

export interface BrokerStart {
  readonly disk: "keep";
  /** Kafka's, `3.9.N` or `4.1.N`. */
  readonly version?: string;
}

export interface MemberLaunch {
  readonly version: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Becomes ROLLPROOF_CONFIG. */
  readonly config: Readonly<Record<string, unknown>>;
  /** What `${…}` templates in argv and env stand for besides the contract variables. */
  readonly variables: Readonly<Record<string, string>>;
  /** The image that it runs in where members are containers and nobody names another; null: the usual one with Node. */
  readonly image: string | null;
  /** Files and folders of this machine that it reads, absolute; a container sees them at the same paths. */
  readonly mounts: readonly string[];
}

/** One incarnation of a member or broker. */
export interface Process {
  readonly id: string;
  readonly incarnation: number;
  readonly pid: number;
  readonly version: string | null;
  /** Its data directory, as a folder of this machine; null: this machine does not see it. */
  readonly dataDirectory: string | null;
  /** Resolves when the process has ended; never rejects. */
  readonly ended: Promise<Exit>;
  /** stop = SIGTERM, crash = SIGKILL, pause = frozen, resume = thawed. stop and crash resolve at the end. */
  do(verb: "stop" | "crash" | "pause" | "resume", signal: AbortSignal): Promise<void>;
  /** Takes something away from the living process; disposing what it returns gives it back. `capability-missing` where it cannot. */
  injure(injury: ProcessInjury, signal: AbortSignal): Promise<InjuryInForce>;
  /** Copies the regular files of its data directory (call after `ended`). */
  copyDisk(to: string): Promise<DiskCopy>;
  /** `127.0.0.1:port` of a named port (`control`), once known. */
  endpoint(port: "control"): Promise<string>;
  /** What the system that runs it says now: running, stopped (paused), gone. */
  state(): Promise<"running" | "stopped" | "gone">;
  /** Lines of stdout, as far as they are kept. `fold` is called for the latest so far, then live. */
  lines(fold: (line: string) => void): void;
  /** Calls `fold` with the bytes of its output that were printed too fast, or in too long lines, and dropped so far. */
  dropped(fold: (bytes: number) => void): void;
  /** The last lines of its log, bounded and fit for a terminal. */
  logTail(): Promise<string>;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

/** Who ended a member: who was to (the upgrade, the end of the run), a fault, or nobody. */
export type EndCause = "asked" | "fault" | "unexpected";

/** The end of one incarnation of a member. */
export interface MemberEnd {
  readonly incarnation: number;
  readonly exit: Exit;
  readonly cause: EndCause;
}

/** What a process can be deprived of while it lives. */
export type ProcessInjury =
  /** Off every network: no packet in or out, established connections stay silent. */
  | { readonly kind: "disconnect" }
  /** Broker only: packets from and to these brokers are dropped, everybody else is heard. */
  | { readonly kind: "cut"; readonly from: readonly BrokerId[]; readonly way: "both" | "in" | "out" }
  /** No byte is left on the disk of its data directory. */
  | { readonly kind: "fill-disk" }
  /** Its wall clock is off by so much; the monotonic one is not touched. */
  | { readonly kind: "skew-clock"; readonly offsetMs: number }
  /** Processor time, percent of one core. */
  | { readonly kind: "throttle-cpu"; readonly percent: number }
  /** Memory is taken until the kernel's out-of-memory killer ends the process. */
  | { readonly kind: "exhaust-memory" };

export interface InjuryInForce extends AsyncDisposable {
  /**
   * Looks, by means other than the injury itself, whether it holds now; inactive once it is disposed. It answers when the
   * process has ended, too: of exhausted memory active means that the out-of-memory killer ended it.
   */
  probe(signal: AbortSignal): Promise<{ readonly active: boolean; readonly proof: Json }>;
}

/** A (slot, broker) way through its own proxy, and what injures it. */
export interface Link {
  readonly from: MemberId;
  readonly to: BrokerId;
  /** `host:port` at which the harness reaches the very listener that the member dials, injuries included. */
  readonly address: string;
  apply(injury: LinkInjury, signal: AbortSignal): Promise<void>;
  remove(name: string, signal: AbortSignal): Promise<void>;
  /** What is in force, as the means itself (proxy, packet filter) reports it. */
  readBack(signal: AbortSignal): Promise<readonly LinkInjury[]>;
}

/** One injury of one way of a link. `name` is unique on the link. */
export type LinkInjury = { readonly name: string; readonly way: "to-broker" | "to-member" } & LinkHarm;
export type LinkHarm =
  /** Bytes are held, connections live; what was held arrives at the heal, in order. */
  | { readonly kind: "hold" }
  | { readonly kind: "delay"; readonly latencyMs: number }
  | { readonly kind: "bandwidth"; readonly kilobytesPerSecond: number }
  /** Bytes pass in pieces of this average size, with a pause between two. */
  | { readonly kind: "slice"; readonly bytes: number; readonly pauseMicros: number }
  /** The first bytes reset the connection (RST). */
  | { readonly kind: "reset" }
  /** Connections are closed and new ones refused, whatever the way says. */
  | { readonly kind: "refuse" };

/** One broker of a cluster that is to be started. */
export interface BrokerSpec {
  /** Kafka's, `3.9.N` or `4.1.N`. */
  readonly version: string;
}

export interface EnvironmentSpec {
  /** Its last part is the run id. */
  readonly runDirectory: string;
  /** One entry a broker, `broker-1` first. */
  readonly brokers: readonly BrokerSpec[];
  /** Levels of Kafka's features in place of those that `kafka-storage format` gives. */
  readonly features?: FeatureLevels;
  /** Members plus surge. */
  readonly memberSlots: number;
  /** Kafka broker settings of the profile, beyond what the environment itself sets. */
  readonly brokerConfig: Readonly<Record<string, string>>;
  /** Images in place of the usual ones, where it is made of containers. */
  readonly images?: ImageOverrides;
  /** Told, once at least, when the environment itself is gone under what it runs: no deadline need pass for the run to end. */
  readonly lost?: (why: Error) => void;
  /** Members start with a clock that can be skewed. */
  readonly skewableClocks?: boolean;
  /** Whose data directories lie on a disk of its own with a small, fixed size, so that it can be filled. */
  readonly smallDisks?: ReadonlySet<"member" | "broker">;
}
