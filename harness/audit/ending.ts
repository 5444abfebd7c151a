import type { EvidenceBatch } from "../model/evidence.ts";
import type { HistoryEnd } from "../model/history.ts";
import { withCauses } from "./attribution.ts";
import { sharesOf, type Assembled, type Share } from "./assembly.ts";
import { decided, fence, orphanOf, type HandOver } from "./hand-over.ts";
import type { Gaps } from "./gaps.ts";
import type { Ledger } from "./ledger.ts";
import { finishProducer, type Doubt } from "./producer-ending.ts";
import type { ProducerLog } from "./producer-log.ts";
import type { IdLog, Prepared, TopicPartition } from "./state-log.ts";
import { stateTopic } from "./topology.ts";

/** What only the whole history can decide: pending transactions, groups that fit nowhere, the end. */
export function endOf(
  ledger: Ledger,
  handOver: HandOver,
  coverage: Pick<HistoryEnd, "complete" | "problems">,
): readonly EvidenceBatch[] {
  const { gaps, logs, states, offsets } = ledger;
  for (const { file, byte, what, lost } of coverage.problems) {
    gaps.add({ what: `history file ${file}, byte ${byte}: ${what}`, ...lost });
    if (lost !== null) ledger.attribution?.tear(lost.topic);
  }
  finishProducers(ledger);
  const early = handOver.ready(true);
  const last: EvidenceBatch[] = [];
  const adopted = new Set<ProducerLog>();
  for (const id of states.ids.values()) {
    for (const entry of id.queue)
      if (entry.kind === "fence") last.push(fence(entry.fence));
      else last.push(...handOver.transaction(undecided(ledger, entry, adopted)));
    id.queue.length = 0;
    const begun = ongoing(ledger, id, adopted);
    if (begun !== null) last.push(...handOver.transaction(begun));
  }
  for (const orphan of openOrphans(ledger, adopted)) last.push(...handOver.transaction(orphan));
  const out: EvidenceBatch[] = [...early, ...withCauses(ledger.attribution, [...last, ...ledger.late])];
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

function finishProducers({ logs, states, strays, gaps }: Ledger): void {
  const isStateRead = [...logs.values()].every((log) => log.place.topic !== stateTopic || log.isReached());
  for (const log of logs.values()) {
    const [reached, hasHole] = [log.isReached(), log.hasHole()];
    for (const [producerId, producer] of log.producers) {
      // A hole behind the last claim here may hide another one, whatever the id claimed elsewhere.
      const moreClaims = !isStateRead || states.holes(producerId) > producer.stateHoles;
      const doubt = finishProducer(producer, { reached, hasHole, moreClaims });
      if (doubt !== null) doubted(gaps, log.place, doubt);
      for (const unit of producer.strays.splice(0))
        strays.push({ place: log.place, producerId, chunks: unit.chunks, unit });
    }
  }
}

/** Handed on they are: what was found by them does not stand. */
function doubted(gaps: Gaps, { topic, partition }: TopicPartition, { first, last }: Doubt): void {
  gaps.add({
    what: `transactions and their markers in ${topic}-${partition} do not add up: which records are whose is not certain`,
    topic: first.prepare.topic,
    partition: first.prepare.partition,
    from: first.prepare.offset,
    to: last.prepare.offset,
  });
}

function undecided(ledger: Ledger, prepared: Prepared, adopted: Set<ProducerLog>): Assembled {
  const made = decided(ledger, prepared);
  const shares = sharesOf(prepared).map((share) =>
    share.unit === null ? withOpen(ledger, share, prepared.producerId, adopted) : share,
  );
  if (made.outcome === "gap") return { ...made, shares };
  const unread = prepared.listed.find(({ claim }) => claim !== null && claim.unit === null);
  if (prepared.complete === null) return { ...made, outcome: "pending", why: "no complete record by the end", shares };
  if (unread === undefined) return { ...made, shares };
  const why = `its marker in ${unread.topic}-${unread.partition} was not read by the end`;
  return { ...made, outcome: "pending", why, shares };
}

/** Begun, and neither committed nor aborted by the end. */
function ongoing(ledger: Ledger, id: IdLog, adopted: Set<ProducerLog>): Assembled | null {
  const state = id.ongoing;
  if (state === null) return null;
  const { transactionalId, producerId, producerEpoch, seq } = state;
  const shares = state.partitions.map(({ topic, partition }) =>
    withOpen(ledger, { topic, partition, chunks: [], unit: null, listed: false }, producerId, adopted),
  );
  const { session } = id;
  const why = "no prepare record by the end";
  return { transactionalId, producerId, producerEpoch, session, outcome: "pending", why, prepared: null, shares, seq };
}

/** With the records that no marker has closed yet. */
function withOpen(ledger: Ledger, share: Share, producerId: number, adopted: Set<ProducerLog>): Share {
  const producer = ledger.log(share)?.producers.get(producerId);
  if (producer === undefined || adopted.has(producer)) return share;
  adopted.add(producer);
  return { ...share, chunks: producer.open };
}

/** Records that no marker has closed, of no transaction that the state log has begun. */
function openOrphans(ledger: Ledger, adopted: ReadonlySet<ProducerLog>): readonly Assembled[] {
  return [...ledger.logs.values()].flatMap((log) =>
    [...log.producers].flatMap(([producerId, producer]) => {
      if (producer.open.length === 0 || adopted.has(producer)) return [];
      return [orphanOf(ledger, { place: log.place, producerId, chunks: producer.open, unit: null })];
    }),
  );
}
