/** A question that needs no SQL to be asked: `query --ask <name> [about]`. */
export interface Question {
  readonly name: string;
  readonly what: string;
  /** What the person names besides, bound as `$about`; null: nothing. */
  readonly about: { readonly what: string; readonly example: string } | null;
  readonly sql: string;
}

export const questions: readonly Question[] = [
  {
    name: "first-divergence",
    what: "The anomalies of the verdict in the order in which they happened, with what came before the first of each.",
    about: null,
    sql: `SELECT a.seq, round(e.at_ms) AS at_ms, a.invariant, a.task, a.phase, a.sentence, a.expected, a.actual, a.preceded
FROM anomalies a LEFT JOIN events e ON e.seq = (SELECT max(seq) FROM events WHERE seq <= a.seq)
ORDER BY a.seq IS NULL, a.seq LIMIT 20`,
  },
  {
    name: "who-owned",
    what: "Who owned a source partition, generation by generation.",
    about: { what: "a source partition as topic-partition", example: "payments-2" },
    sql: `SELECT o.consumer_group, o.generation, o.client, o.seq AS from_seq,
  (SELECT round(max(at_ms)) FROM events WHERE seq <= o.seq) AS from_ms
FROM ownership o WHERE o.task = $about ORDER BY o.seq, o.client`,
  },
  {
    name: "restore-times",
    what: "Every opening of a task: by whom, from what, and how long after the assignment.",
    about: null,
    sql: `SELECT t.task, t.member, t.incarnation, round(t.at_ms) AS opened_ms,
  round(t.at_ms - (SELECT max(a.at_ms) FROM testimony a WHERE a.said = 'assigned' AND a.member = t.member
    AND a.incarnation = t.incarnation AND a.seq < t.seq AND a.body ->> '$.stage' = rtrim(rtrim(t.task, '0123456789'), '-'))) AS after_assignment_ms,
  CASE t.body ->> '$.warm' WHEN 1 THEN 'warm' ELSE 'cold' END AS start, t.body ->> '$.checkpoint' AS checkpoint,
  t.body ->> '$.applied' AS changes_applied, t.body ->> '$.committed' AS committed_offset
FROM testimony t WHERE t.said = 'opened' ORDER BY t.seq`,
  },
  {
    name: "output-gaps",
    what: "The longest time without a committed output, by sink partition (by the records' timestamps).",
    about: null,
    sql: `SELECT topic, partition, max(gap) AS longest_ms, count(*) + 1 AS outputs FROM (
  SELECT topic, partition, timestamp_ms - lag(timestamp_ms) OVER (PARTITION BY topic, partition ORDER BY offset) AS gap
  FROM records WHERE role = 'sink' AND outcome = 'committed')
WHERE gap IS NOT NULL GROUP BY topic, partition ORDER BY longest_ms DESC`,
  },
  {
    name: "roll-time",
    what: "How long the upgrade took, by the part of a replacement or the kind of act, and how much of it lay between acts.",
    about: null,
    sql: `WITH spans AS (
  SELECT coalesce(phase, kind) AS part, settled_ms - took_ms AS began_ms, settled_ms, took_ms FROM acts),
whole AS (SELECT max(settled_ms) - min(began_ms) AS ms FROM spans)
SELECT part, count(*) AS acts, sum(took_ms) AS took_ms, max(took_ms) AS longest_ms, round(100.0 * sum(took_ms) / ms, 1) AS percent
FROM spans, whole GROUP BY part
UNION ALL SELECT 'between acts', count(*) - 1, round(ms - sum(took_ms)), NULL, round(100.0 * (ms - sum(took_ms)) / ms, 1) FROM spans, whole
UNION ALL SELECT 'the whole', count(*), round(ms), NULL, 100.0 FROM spans, whole`,
  },
  {
    name: "coordinators",
    what: "Every life of the upgrade's coordinator: what it found settled, what it wrote, and how it ended.",
    about: null,
    sql: `SELECT b.body ->> '$.epoch' AS epoch, round(b.at_ms) AS began_ms, b.body ->> '$.settled' AS acts_settled_before,
  (SELECT count(*) FROM events j WHERE j.kind = 'upgrade-journalled' AND j.body ->> '$.epoch' = b.body ->> '$.epoch') AS records_written,
  (SELECT j.body ->> '$.entry' || ' ' || coalesce(j.body ->> '$.act', '') FROM events j WHERE j.kind = 'upgrade-journalled'
    AND j.body ->> '$.epoch' = b.body ->> '$.epoch' ORDER BY j.seq DESC LIMIT 1) AS last_record,
  (SELECT round(e.at_ms) FROM events e WHERE e.kind = 'coordinator-ended' AND e.seq > b.seq ORDER BY e.seq LIMIT 1) AS ended_ms,
  (SELECT e.body ->> '$.cause' FROM events e WHERE e.kind = 'coordinator-ended' AND e.seq > b.seq ORDER BY e.seq LIMIT 1) AS ended_by
FROM events b WHERE b.kind = 'coordinator-began' ORDER BY b.seq`,
  },
  {
    name: "aborts",
    what: "Aborted transactions: whose, when, and the faults in force then.",
    about: null,
    sql: `SELECT t.seq, t.transactional_id, t.producer_epoch, t.records,
  (SELECT round(max(at_ms)) FROM events WHERE seq <= t.seq) AS at_ms,
  (SELECT group_concat(fault || ' ' || kind, ', ') FROM faults, (SELECT max(at_ms) AS now FROM events WHERE seq <= t.seq)
    WHERE applied_ms <= now AND (healed_ms IS NULL OR healed_ms >= now)) AS faults_in_force
FROM transactions t WHERE t.outcome = 'aborted' ORDER BY t.seq`,
  },
  {
    name: "commits-by-version",
    what: "Committed outputs and state changes by the version and format that wrote them.",
    about: null,
    sql: `SELECT topic, role, version, format, count(*) AS records, min(offset) AS first_offset, max(offset) AS last_offset
FROM records WHERE outcome = 'committed' AND version IS NOT NULL GROUP BY topic, role, version, format
ORDER BY topic, version, format`,
  },
];

/** Indexes that the questions rest on, and that a person's own joins want. */
export const indexes = [
  "CREATE INDEX by_cause ON records (cause_topic, cause_partition, cause_offset)",
  "CREATE INDEX by_kind ON events (kind)",
  "CREATE INDEX by_task ON ownership (task)",
] as const;
