/**
 * The tables of the ledger: what `query` can be asked about. The statements that make them, docs/query.md and `query --tables` come
 * from here.
 */
export interface Column {
  readonly name: string;
  readonly type: "INTEGER" | "REAL" | "TEXT" | "BLOB" | "ANY";
  readonly what: string;
}

export interface Table {
  readonly name: string;
  readonly what: string;
  readonly columns: readonly Column[];
  /** Columns that name a row; a row is filled in when it comes again with more. */
  readonly key: readonly string[];
}

function column(name: string, type: Column["type"], what: string): Column {
  return { name, type, what };
}

const topic = column("topic", "TEXT", "its topic");
const partition = column("partition", "INTEGER", "its partition");
const seq = column("seq", "INTEGER", "place in the history; a lower one was recorded earlier");
const stage = column("stage", "TEXT", "stage of the pipeline");
const producer = [
  column("producer_id", "INTEGER", "Kafka's producer id; -1: the producer is not idempotent"),
  column("producer_epoch", "INTEGER", "its epoch"),
];

export const tables = [
  {
    name: "run",
    what: "The run, its plan and its verdict, a fact a row.",
    columns: [
      column("name", "TEXT", "what is told"),
      column("value", "ANY", "text or number; JSON where it has parts"),
    ],
    key: ["name"],
  },
  {
    name: "events",
    what: "Every event of the history: sends, faults, acts of the upgrade, processes, gauges, members' testimony.",
    columns: [
      seq,
      column("at_ms", "REAL", "milliseconds since the run began"),
      column("kind", "TEXT", "such as fault-applied"),
      column("ledger", "TEXT", "run, process, send, fault, upgrade, disk, testimony, gauge or log"),
      column("body", "TEXT", "its fields as JSON: body ->> '$.member'"),
    ],
    key: ["seq"],
  },
  {
    name: "batches",
    what: "Every record batch that was read from a broker's log.",
    columns: [
      topic,
      partition,
      column("base_offset", "INTEGER", "offset of its first record"),
      column("last_offset", "INTEGER", "the last offset that it covers"),
      seq,
      column("records", "INTEGER", "how many are in it"),
      column("transactional", "INTEGER", "1: written in a transaction"),
      column("control", "INTEGER", "1: it holds a transaction marker"),
      ...producer,
      column("leader_epoch", "INTEGER", "of the leader that appended it"),
    ],
    key: ["topic", "partition", "base_offset"],
  },
  {
    name: "records",
    what: "Records of source, sink and changelog topics whose fate the evidence tells.",
    columns: [
      topic,
      partition,
      column("offset", "INTEGER", "its offset"),
      column("role", "TEXT", "source, sink or changelog; a sink that a later stage reads is sink"),
      column("timestamp_ms", "INTEGER", "milliseconds since 1970, as readers get it"),
      column("key", "ANY", "text where it is UTF-8, else bytes; null: no key"),
      column("value", "ANY", "text where it is UTF-8, else bytes; null: a tombstone"),
      column("cause_topic", "TEXT", "topic of the source record that it answers (rp-source); null: no header says"),
      column("cause_partition", "INTEGER", "partition of that record"),
      column("cause_offset", "INTEGER", "offset of that record"),
      column("ordinal", "INTEGER", "0-based among the outputs of that record"),
      column("member", "TEXT", "who says to have written it (rp-writer)"),
      column("incarnation", "INTEGER", "its incarnation"),
      column("version", "TEXT", "its version"),
      column("format", "TEXT", "the format that it wrote"),
      column("transaction_index", "INTEGER", "row of transactions; null: written outside any"),
      column("outcome", "TEXT", "committed, aborted, pending or gap: the evidence cannot say"),
    ],
    key: ["topic", "partition", "offset"],
  },
  {
    name: "transactions",
    what: "Every transaction, joined from all logs that it touched.",
    columns: [
      column("transaction_index", "INTEGER", "in the order in which they were decided"),
      column("transactional_id", "TEXT", "as the producer names itself"),
      column("stage", "TEXT", "stage of its task; null: not one of the pipeline's tasks"),
      column("partition", "INTEGER", "source partition of its task"),
      ...producer,
      column("session", "INTEGER", "rises with each InitProducerId of its transactional id"),
      column("outcome", "TEXT", "committed, aborted, pending or gap"),
      column("why", "TEXT", "why the evidence cannot say"),
      column("prepare", "TEXT", "what its prepare record says; null: there is none"),
      column("complete", "TEXT", "what its completion record says; null: there is none"),
      column("records", "INTEGER", "records that it wrote"),
      column("commits", "INTEGER", "offset commits in it"),
      column("first_seq", "INTEGER", "seq of its first record; null: it wrote none"),
      column("seq", "INTEGER", "seq of what decided it"),
    ],
    key: ["transaction_index"],
  },
  {
    name: "parts",
    what: "The partitions that a transaction wrote to or listed, with the marker that closed each.",
    columns: [
      column("transaction_index", "INTEGER", "row of transactions"),
      topic,
      partition,
      column("records", "INTEGER", "records that it wrote there"),
      column("listed", "INTEGER", "1: its prepare record names the partition"),
      column("marker_offset", "INTEGER", "offset of its marker; null: none was seen"),
      column("marker", "TEXT", "commit or abort"),
      column("coordinator_epoch", "INTEGER", "of the coordinator that wrote the marker"),
    ],
    key: ["transaction_index", "topic", "partition"],
  },
  {
    name: "commits",
    what: "Offset commits of the pipeline's groups, as they lie in __consumer_offsets.",
    columns: [
      column("consumer_group", "TEXT", "the group"),
      topic,
      partition,
      column("next_offset", "INTEGER", "next offset to read; null: a tombstone"),
      column("log_partition", "INTEGER", "where it lies in __consumer_offsets"),
      column("log_offset", "INTEGER", "and at which offset"),
      ...producer,
      column("transaction_index", "INTEGER", "row of transactions; null: committed outside any"),
      column("outcome", "TEXT", "that of its transaction; committed outside any"),
      seq,
    ],
    key: ["log_partition", "log_offset"],
  },
  {
    name: "fences",
    what: "InitProducerId answers: each fences the owners of its transactional id before it.",
    columns: [
      column("transactional_id", "TEXT", "whose"),
      ...producer,
      column("log_partition", "INTEGER", "where it lies in __transaction_state"),
      column("log_offset", "INTEGER", "and at which offset"),
      seq,
    ],
    key: ["log_partition", "log_offset"],
  },
  {
    name: "ownership",
    what: "Who owned which source partition, by the generations of the pipeline's groups.",
    columns: [
      column("consumer_group", "TEXT", "the group"),
      column("generation", "INTEGER", "its generation"),
      column("client", "TEXT", "client id of the owner"),
      column("task", "TEXT", "topic-partition that it owned"),
      seq,
    ],
    key: ["consumer_group", "generation", "client", "task"],
  },
  {
    name: "checkpoints",
    what: "Checkpoint files that were captured when published, or left on a member's disk.",
    columns: [
      column("member", "TEXT", "whose"),
      column("incarnation", "INTEGER", "of which incarnation"),
      stage,
      column("partition", "INTEGER", "source partition of its task"),
      column("file", "TEXT", "where it lay, below the member's data directory"),
      column("found", "TEXT", "published or left"),
      column("bytes", "INTEGER", "its size"),
      column("sha256", "TEXT", "digest of its content"),
      seq,
    ],
    key: ["member", "incarnation", "file", "sha256", "found"],
  },
  {
    name: "anomalies",
    what: "What the verdict found wrong. Empty where the run was not judged.",
    columns: [
      column("invariant", "TEXT", "such as EO1"),
      column("sentence", "TEXT", "what is wrong"),
      column("expected", "TEXT", "what should be there"),
      column("actual", "TEXT", "what is"),
      column("task", "TEXT", "where; null: no single task"),
      column("seq", "INTEGER", "place in the history; null: it has none"),
      column("phase", "TEXT", "act of the upgrade, or phase of the run, at that place"),
      column("faults_active", "TEXT", "ids of the faults in force there, as JSON"),
      column("preceded", "TEXT", "what came before it on its task"),
      column("evidence", "TEXT", "the smallest evidence, as JSON"),
      column("more", "INTEGER", "further anomalies of the same cause"),
    ],
    key: [],
  },
] as const satisfies readonly Table[];

export type TableName = (typeof tables)[number]["name"];

/** A named SELECT over the tables. */
export interface View {
  readonly name: string;
  readonly what: string;
  readonly sql: string;
}

export const views: readonly View[] = [
  {
    name: "processes",
    what: "Every incarnation: process, incarnation, version, started_ms, ended_ms, code, signal, cause.",
    sql: `SELECT s.body ->> '$.process' AS process, s.body ->> '$.incarnation' AS incarnation, s.body ->> '$.version' AS version,
  s.at_ms AS started_ms, e.at_ms AS ended_ms, e.body ->> '$.code' AS code, e.body ->> '$.signal' AS signal, e.body ->> '$.cause' AS cause
FROM events s LEFT JOIN events e ON e.kind = 'process-ended' AND e.body ->> '$.process' = s.body ->> '$.process'
  AND e.body ->> '$.incarnation' = s.body ->> '$.incarnation'
WHERE s.kind = 'process-started'`,
  },
  {
    name: "faults",
    what: "Every planned fault: fault, kind, target, applied_ms, healed_ms, unfired (why it never came).",
    sql: `SELECT p.body ->> '$.fault' AS fault, p.body ->> '$.faultKind' AS kind, p.body ->> '$.target' AS target,
  (SELECT at_ms FROM events a WHERE a.kind = 'fault-applied' AND a.body ->> '$.fault' = p.body ->> '$.fault') AS applied_ms,
  (SELECT at_ms FROM events h WHERE h.kind = 'fault-healed' AND h.body ->> '$.fault' = p.body ->> '$.fault') AS healed_ms,
  (SELECT u.body ->> '$.why' FROM events u WHERE u.kind = 'fault-unfired' AND u.body ->> '$.fault' = p.body ->> '$.fault') AS unfired
FROM events p WHERE p.kind = 'fault-planned'`,
  },
  {
    name: "acts",
    what: "Every act of the upgrade that settled: act, kind, members, step, phase, version, settled_ms, took_ms.",
    sql: `SELECT body ->> '$.act' AS act, body ->> '$.what' AS kind, body -> '$.members' AS members, body ->> '$.step' AS step,
  body ->> '$.phase' AS phase, body ->> '$.version' AS version, at_ms AS settled_ms, body ->> '$.tookMs' AS took_ms
FROM events WHERE kind = 'upgrade-act-settled'`,
  },
  {
    name: "gates",
    what: "What gates read, whenever it changed: seq, at_ms, act, gate, value, bound, missing, decision.",
    sql: `SELECT seq, at_ms, body ->> '$.act' AS act, body ->> '$.gate' AS gate, body ->> '$.value' AS value, body ->> '$.bound' AS bound,
  body ->> '$.missing' AS missing, body ->> '$.decision' AS decision
FROM events WHERE kind = 'gate-read'`,
  },
  {
    name: "testimony",
    what: "What members said: seq, at_ms, member, incarnation, said, task, body.",
    sql: `SELECT seq, at_ms, body ->> '$.member' AS member, body ->> '$.incarnation' AS incarnation, body ->> '$.said' AS said,
  body ->> '$.task' AS task, body -> '$.body' AS body
FROM events WHERE kind = 'testimony'`,
  },
];
