import type { RunNanos, Seq } from "./brand.ts";

/**
 * The one table of events: kind → the ledger it belongs to, and its fields. Types, the reader's validation and the
 * documentation all come from here. Field types: `string`, `number`, `boolean`, `strings` (array of string), `json`
 * (any JSON value); a trailing `?` allows null.
 */
export const eventTable = {
  // the run itself
  "run-started": {
    ledger: "run",
    fields: {
      runId: "string",
      startedAt: "string",
      tool: "string",
      node: "string",
      kafka: "string",
      features: "json", // Kafka's feature → its finalised level, as every broker answers
      environment: "string",
      hostFactor: "number",
      planSha256: "string",
      specificationPath: "string?",
      specificationSha256: "string?",
      pipeline: "json", // version → SHA-256 of its sources
    },
  },
  "run-phase": { ledger: "run", fields: { phase: "string" } }, // boot, warm-up, load, roll, finalise, heal, drain, final-read
  "time-zero": { ledger: "run", fields: {} }, // the first send
  "faults-over": { ledger: "run", fields: {} }, // everything healed: from here liveness is demanded
  drained: { ledger: "run", fields: {} }, // lag 0 on every task, no transaction open
  "drain-failed": { ledger: "run", fields: { why: "string" } },
  interrupted: { ledger: "run", fields: { why: "string" } }, // SIGINT, SIGTERM, timeout
  "clock-stepped": { ledger: "run", fields: { deltaMs: "number" } }, // wall clock against the monotonic one
  defect: { ledger: "run", fields: { what: "string", stack: "string?" } }, // an error of our own
  "run-ended": { ledger: "run", fields: { events: "number", frames: "number", sha256: "string" } },
  // processes; `process` = member-1, broker-1, toxiproxy
  "process-started": {
    ledger: "process",
    fields: { process: "string", incarnation: "number", version: "string?", pid: "number", sha256: "string?" },
  },
  "process-ended": {
    ledger: "process",
    fields: { process: "string", incarnation: "number", code: "number?", signal: "string?", cause: "string" },
  }, // cause: asked, fault, unexpected
  // sends of the workload; index = number of the record in its stream
  "send-invoked": {
    ledger: "send",
    fields: { stream: "string", topic: "string", partition: "number", indexes: "json", count: "number" },
  }, // indexes: [first,last] runs
  "send-ok": { ledger: "send", fields: { invoked: "number", baseOffset: "number" } },
  "send-fail": { ledger: "send", fields: { invoked: "number", why: "string" } },
  "send-info": { ledger: "send", fields: { invoked: "number", why: "string" } },
  "sends-finished": { ledger: "send", fields: { records: "number" } },
  // faults
  "fault-planned": {
    ledger: "fault",
    fields: { fault: "string", faultKind: "string", target: "string", trigger: "json" },
  },
  "fault-journalled": { ledger: "fault", fields: { fault: "string", targets: "strings", undo: "json" } },
  "fault-applied": { ledger: "fault", fields: { fault: "string", faultKind: "string", targets: "strings" } },
  "fault-probed-active": { ledger: "fault", fields: { fault: "string", active: "boolean", proof: "json" } },
  "fault-healed": { ledger: "fault", fields: { fault: "string" } },
  "fault-probed-healed": { ledger: "fault", fields: { fault: "string", healed: "boolean", proof: "json" } },
  "fault-unfired": { ledger: "fault", fields: { fault: "string", why: "string" } },
  // the upgrade. A coordinator took it up, with so many acts settled by those before it; the latest epoch alone may act
  "coordinator-began": { ledger: "upgrade", fields: { epoch: "number", settled: "number" } },
  // a record of the upgrade's journal is on disk: its kind, and the act that it is about
  "upgrade-journalled": { ledger: "upgrade", fields: { epoch: "number", entry: "string", act: "string?" } },
  // by the upgrade's end (`asked`), by a fault, or `unexpected`
  "coordinator-ended": {
    ledger: "upgrade",
    fields: { incarnation: "number", code: "number?", signal: "string?", cause: "string" },
  },
  // an act of the program (model/program.ts): its id, its kind, the replacement that it belongs to and the part of it
  "upgrade-act-began": {
    ledger: "upgrade",
    fields: {
      act: "string",
      what: "string",
      members: "strings",
      step: "number?",
      phase: "string?",
      version: "string?",
      flag: "string?",
    },
  },
  "upgrade-act-settled": {
    ledger: "upgrade",
    fields: {
      act: "string",
      what: "string",
      members: "strings",
      step: "number?",
      phase: "string?",
      version: "string?",
      flag: "string?",
      tookMs: "number",
    },
  },
  // what a gate read, whenever that or the decision has changed: proceed, pause, hold, roll-back, stop; missing: what it waits for
  "gate-read": {
    ledger: "upgrade",
    fields: {
      act: "string",
      gate: "string",
      value: "number?",
      bound: "number",
      missing: "string?",
      decision: "string",
    },
  },
  // the workload sends nothing from here on, since the act waits for long; and it sends again. Both are carried out when they are told
  "sources-held": { ledger: "upgrade", fields: { act: "string", why: "string" } },
  "sources-released": { ledger: "upgrade", fields: { act: "string", heldMs: "number" } },
  // the checkers judge the history as it grows (upgrade.online-checks): what they find is preliminary. record: seq at which it happened,
  // ageMs: since that was handed to them
  "anomaly-seen": {
    ledger: "upgrade",
    fields: { invariant: "string", sentence: "string", evidence: "strings", record: "number?", ageMs: "number?" },
  },
  // cpuMs: processor time of their thread; lagMs: the longest that an item waited for them; why: nobody checks although it was asked for
  "online-checks-ended": {
    ledger: "upgrade",
    fields: {
      items: "number",
      looks: "number",
      cpuMs: "number",
      longestLookMs: "number",
      lagMs: "number",
      why: "string?",
    },
  },
  "upgrade-stopped": { ledger: "upgrade", fields: { why: "string" } }, // a gate or a deadline refused to go on
  // the upgrade turns back in this act, or after it, and the acts of the way back follow
  "roll-back-began": { ledger: "upgrade", fields: { act: "string", why: "string" } },
  // an upgrade that may be rolled back has stopped, and a person has to decide: how every member stands, and the journal's last line
  "upgrade-escalated": {
    ledger: "upgrade",
    fields: { act: "string?", why: "string", members: "strings", journal: "string" },
  }, // members: `member-1 runs v2`, `member-2 (v1) is gone`
  // disk: a member's data directory, copied at the end of an incarnation; path is relative to the run directory
  "disk-copied": {
    ledger: "disk",
    fields: {
      member: "string",
      incarnation: "number",
      path: "string",
      files: "number",
      bytes: "number",
      list: "json",
      left: "json",
      leftCount: "number",
    },
  }, // list: {name, bytes, sha256} of every file; left: {name, why} of the first entries not copied (model/disk-copy.ts)
  "disk-copy-failed": { ledger: "disk", fields: { member: "string", incarnation: "number", why: "string" } },
  // a checkpoint as a living member published it; name is relative to its data directory
  "checkpoint-captured": {
    ledger: "disk",
    fields: { member: "string", incarnation: "number", name: "string", bytes: "number", sha256: "string" },
  },
  "checkpoint-missed": {
    ledger: "disk",
    fields: { member: "string", incarnation: "number", name: "string", why: "string" },
  },
  // from here on, what the incarnation publishes is captured; unwatched: it is not, or not all of it
  "checkpoints-watched": { ledger: "disk", fields: { member: "string", incarnation: "number" } },
  "checkpoints-unwatched": { ledger: "disk", fields: { member: "string", incarnation: "number", why: "string" } },
  // testimony: a member's line on stdout; it explains, it never convicts alone
  testimony: {
    ledger: "testimony",
    fields: { member: "string", incarnation: "number", said: "string", task: "string?", body: "json" },
  },
  // What a member printed and is not kept, in all so far: bytes (printed too fast, or in too long lines), and testimonies beyond
  // the rate that is recorded. Told at the first, whenever it has doubled, and at the end.
  "output-dropped": {
    ledger: "testimony",
    fields: { member: "string", incarnation: "number", bytes: "number", testimonies: "number" },
  },
  // gauges, sampled
  "gauge-lag": {
    ledger: "gauge",
    fields: { stage: "string", partition: "number", committedNext: "number?", lag: "number" },
  },
  // as the member itself says; of pipelines that say nothing, as their groups' records in the logs have it
  "gauge-health": {
    ledger: "gauge",
    fields: {
      member: "string",
      incarnation: "number",
      version: "string",
      ready: "boolean",
      flags: "json",
      tasks: "json",
    },
  },
  "gauge-loop-delay": { ledger: "gauge", fields: { process: "string", maxMs: "number", meanMs: "number" } },
  // of a pipeline whose upgrade has such a level to keep: from when a record could be read until its offset was committed, over the last
  // seconds; records that wait count with their age
  "gauge-latency": {
    ledger: "gauge",
    fields: { stage: "string", records: "number", waiting: "number", p50Ms: "number", p99Ms: "number" },
  },
  "gauge-generation": { ledger: "gauge", fields: { group: "string", generation: "number" } }, // a group's new generation
  "gauge-checked": { ledger: "gauge", fields: { upTo: "number" } }, // the online checks have looked at the history up to this seq
  "gauge-replication": { ledger: "gauge", fields: { partitions: "number", underReplicated: "number" } },
  // of an upgrade with a preflight: the disk of the run, of those that this machine sees, with the least space left
  "gauge-disk": { ledger: "gauge", fields: { disks: "number", fullest: "string", freeMiB: "number" } },
  // processors that others used since the sample before; null: this host does not say (no /proc)
  "gauge-host": { ledger: "gauge", fields: { foreignCpus: "number?", cpus: "number" } },
  // the tail of the logs
  "tail-started": { ledger: "log", fields: { partitions: "strings" } },
  "tail-gap": { ledger: "log", fields: { topic: "string", partition: "number", from: "number", to: "number" } },
  // the broker serves a compacted log without these offsets: it compacted them itself, nothing of the evidence was lost
  "tail-compacted": { ledger: "log", fields: { topic: "string", partition: "number", from: "number", to: "number" } },
  // The broker's answer says that the log now begins at `to`, not at `from` any more: what lies below was deleted
  "log-start-moved": { ledger: "log", fields: { topic: "string", partition: "number", from: "number", to: "number" } },
  // The last records that were read of a partition, `from` to `to`, read again from a leader of a higher epoch. records: compared;
  // gone: retention or compaction has removed them since; before, after: SHA-256 of the compared ones as they were read first and again;
  // differ: how many of them are not the same, differences: the first of those, {offset, what}; why: the second read did not reach `to`.
  "log-read-again": {
    ledger: "log",
    fields: {
      topic: "string",
      partition: "number",
      from: "number",
      to: "number",
      leaderEpoch: "number",
      records: "number",
      gone: "number",
      before: "string",
      after: "string",
      differ: "number",
      differences: "json",
      why: "string?",
    },
  },
  "tail-failed": { ledger: "log", fields: { topic: "string", partition: "number", why: "string" } },
  "offset-fetched": {
    ledger: "log",
    fields: { group: "string", topic: "string", partition: "number", nextOffset: "number?" },
  }, // as the broker answers OffsetFetch, when nobody commits any more
  "tail-settled": {
    ledger: "log",
    fields: { topic: "string", partition: "number", position: "number", logEnd: "number", lastStableOffset: "number" },
  },
} as const satisfies Record<string, { readonly ledger: Ledger; readonly fields: Readonly<Record<string, FieldType>> }>;

export type Ledger = "run" | "process" | "send" | "fault" | "upgrade" | "disk" | "testimony" | "gauge" | "log";
export type FieldType = "string" | "number" | "boolean" | "strings" | "json" | "string?" | "number?";
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

interface FieldTypes {
  string: string;
  number: number;
  boolean: boolean;
  strings: readonly string[];
  json: Json;
  "string?": string | null;
  "number?": number | null;
}

export type EventKind = keyof typeof eventTable;
type Fields<K extends EventKind> = (typeof eventTable)[K]["fields"];

/** What a part of the harness hands to `record`; the recorder adds seq and time. */
export type EventBody<K extends EventKind = EventKind> = K extends EventKind
  ? { readonly kind: K } & {
      readonly [F in keyof Fields<K>]: Fields<K>[F] extends FieldType ? FieldTypes[Fields<K>[F]] : never;
    }
  : never;

/** One element of the history. `at` is monotonic; order is by seq, never by time. */
export type HistoryEvent<K extends EventKind = EventKind> = K extends EventKind
  ? EventBody<K> & { readonly seq: Seq; readonly at: RunNanos }
  : never;

/** The two functions through which the effectful folders meet. */
export type RecordEvent = (event: EventBody) => HistoryEvent;
export type Subscribe = (fold: (event: HistoryEvent) => void) => Disposable;
