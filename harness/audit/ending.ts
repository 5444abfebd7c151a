import { seq } from "../model/brand.ts";
import type { EvidenceBatch } from "../model/evidence.ts";
import type { HistoryEnd } from "../model/history.ts";
import { withCauses } from "./attribution.ts";
import { sharesOf, type Assembled, type Share } from "./assembly.ts";
import { decided, type HandOver } from "./hand-over.ts";
import type { Ledger } from "./ledger.ts";
import type { PartitionLog } from "./partition-log.ts";
import type { ProducerLog } from "./producer-log.ts";
import type { IdLog, Prepared } from "./state-log.ts";

/** What only the whole history can decide: pending transactions, groups that fit nowhere, the end. */
export function endOf(
  ledger: Ledger,
  handOver: HandOver,
  coverage: Pick<HistoryEnd, "complete" | "problems">,
): readonly EvidenceBatch[] {
  const { gaps, logs, states, offsets } = ledger;
  for (const { file, byte, what, lost } of coverage.problems)
    gaps.add({ what: `history file ${file}, byte ${byte}: ${what}`, ...lost });
  for (const log of logs.values()) for (const producer of log.producers.values()) producer.finish(log.end().settled);

  const ready = handOver.ready();
  const last: EvidenceBatch[] = [];
  const adopted = new Set<ProducerLog>();
  for (const id of states.ids.values()) {
    for (const entry of id.queue)
      if (entry.kind === "fence") last.push(handOver.fence(entry.fence));
      else last.push(handOver.transaction(undecided(ledger, entry, adopted)));
    id.queue.length = 0;
    const begun = ongoing(ledger, id, adopted);
    if (begun !== null) last.push(handOver.transaction(begun));
  }
  for (const orphan of orphans(ledger, adopted)) last.push(handOver.transaction(orphan));
  const out: EvidenceBatch[] = [...ready, ...withCauses(ledger.attribution, [...last, ...ledger.late])];
  offsets.letGo();
  for (const commit of offsets.release(() => true)) out.push({ kind: "plain-commit", commit });
  out.push({
    kind: "end",
    end: {
      complete: coverage.complete,
      gaps: gaps.all(),
      committed: offsets.committed,
      partitions: [...logs.values()].map((log) => log.end()),
      generations: offsets.generations,
    },
  });
  return out;
}

function undecided(ledger: Ledger, prepared: Prepared, adopted: Set<ProducerLog>): Assembled {
  const { outcome, why } = verdictOf(ledger, prepared);
  if (outcome === "gap") {
    const { transactionalId, prepare } = prepared;
    const { topic, partition, offset } = prepare;
    ledger.gaps.add({ what: `transaction of ${transactionalId}: ${why}`, topic, partition, from: offset, to: offset });
  }
  const shares = sharesOf(prepared).map((share) =>
    share.unit === null ? withOpen(ledger, share, prepared.producerId, adopted) : share,
  );
  return { ...decided(prepared), outcome, why, shares };
}

function verdictOf(
  ledger: Ledger,
  prepared: Prepared,
): { readonly outcome: Assembled["outcome"]; readonly why: string | null } {
  if (prepared.why !== null) return { outcome: "gap", why: prepared.why };
  if (prepared.complete === null) return { outcome: "pending", why: "no complete record by the end" };
  let unread: string | null = null;
  for (const { topic, partition, claim } of prepared.listed) {
    if (claim === null || claim.unit !== null) continue;
    const where = `${topic}-${partition}`;
    if (claim.unclear) return { outcome: "gap", why: `more than one group of markers in ${where} could be its own` };
    if (ledger.log({ topic, partition })?.end().settled === true)
      return { outcome: "gap", why: `it is complete, but ${where} has no marker of it` };
    unread ??= where;
  }
  if (unread !== null) return { outcome: "pending", why: `its marker in ${unread} was not read by the end` };
  return { outcome: prepared.outcome, why: null };
}

/** Begun, and neither committed nor aborted by the end. */
function ongoing(ledger: Ledger, id: IdLog, adopted: Set<ProducerLog>): Assembled | null {
  const state = id.ongoing;
  if (state === null) return null;
  const { transactionalId, producerId, producerEpoch, seq } = state;
  const shares = state.partitions.map(({ topic, partition }) =>
    withOpen(ledger, { topic, partition, chunks: [], unit: null, listed: false }, producerId, adopted),
  );
  const why = "no prepare record by the end";
  return { transactionalId, producerId, producerEpoch, outcome: "pending", why, prepared: null, shares, seq };
}

/** With the records that no marker has closed yet. */
function withOpen(ledger: Ledger, share: Share, producerId: number, adopted: Set<ProducerLog>): Share {
  const producer = ledger.log(share)?.producers.get(producerId);
  if (producer === undefined || adopted.has(producer)) return share;
  adopted.add(producer);
  return { ...share, chunks: producer.open };
}

/** Records of transactions that the state log knows nothing of: a hole in the evidence, named, no accusation. */
function orphans(ledger: Ledger, adopted: ReadonlySet<ProducerLog>): readonly Assembled[] {
  return [...ledger.logs.values()].flatMap((log) =>
    [...log.producers].flatMap(([producerId, producer]) => {
      const open = adopted.has(producer) ? [] : producer.open;
      const closed = producer.unplaced.map((unit) => orphan(ledger, log, producerId, { unit, chunks: unit.chunks }));
      return open.length === 0 ? closed : [...closed, orphan(ledger, log, producerId, { unit: null, chunks: open })];
    }),
  );
}

function orphan(
  ledger: Ledger,
  log: PartitionLog,
  producerId: number,
  found: Pick<Share, "unit" | "chunks">,
): Assembled {
  const [first, last] = [found.chunks[0]?.batch, found.chunks.at(-1)?.batch];
  const why = `records of producer id ${producerId} belong to no transaction that the state log lists`;
  const [from, to] = [first?.baseOffset ?? null, last?.lastOffset ?? null];
  ledger.gaps.add({ what: why, ...log.place, from, to });
  return {
    transactionalId: ledger.states.owner(producerId) ?? "",
    producerId,
    producerEpoch: first?.producerEpoch ?? -1,
    outcome: "gap",
    why,
    prepared: null,
    shares: [{ ...log.place, ...found, listed: false }],
    seq: first?.seq ?? seq(0),
  };
}
