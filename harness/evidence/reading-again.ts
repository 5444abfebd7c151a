import { fetchV17 } from "@platformatic/kafka";
import { brokerConnection, type BrokerConnection } from "../base/broker-connection.ts";
import type { LogFrame } from "../model/log.ts";
import type { ClusterView } from "./cluster-view.ts";
import { isFetchResponse, offsetOutOfRange, pause } from "./fetcher.ts";
import { frameOf } from "./frame-of.ts";
import { compareReads } from "./second-read.ts";
import type { Recording, TailedPartition } from "./tailed-partition.ts";

/** Reads the last batches of a partition again when it has a new leader, and records how the two reads compare. */
export interface ReadingAgain {
  /** The partition's leader epoch has risen. */
  leaderChanged(one: TailedPartition): void;
  /** Partitions that are still to be read again. */
  readonly pending: () => number;
  /** Reads until the signal; then records what was not read again. */
  run(): Promise<void>;
}

const requestTimeoutMs = 2_000;
const maxWaitMs = 50;
const pauseMs = 100;
const answerBytes = 1024 * 1024;

/** What is to be read again: what was read before the leader had this epoch. */
interface Stretch {
  readonly one: TailedPartition;
  readonly first: readonly LogFrame[];
  readonly from: number;
  readonly to: number;
  readonly leaderEpoch: number;
  /** What the second read has got so far. */
  readonly again: LogFrame[];
  position: number;
  logStart: number;
  /** Why it is not read to its end. */
  why: string;
}

export function readingAgain(
  options: Recording & { readonly view: ClusterView; readonly signal: AbortSignal },
): ReadingAgain {
  const { view, signal, record } = options;
  const stretches = new Map<TailedPartition, Stretch>();
  const connections = new Map<number, BrokerConnection>();
  const connectionTo = (node: number): BrokerConnection => {
    const known = connections.get(node) ?? brokerConnection(() => view.address(node), requestTimeoutMs);
    connections.set(node, known);
    return known;
  };
  return {
    leaderChanged(one) {
      const [oldest] = one.kept.frames;
      const newest = one.kept.frames.at(-1);
      if (oldest === undefined || newest === undefined) return;
      // One that was still to be read again is contained in this one, which a later leader answers.
      stretches.set(one, {
        one,
        first: [...one.kept.frames],
        from: oldest.baseOffset,
        to: newest.lastOffset + 1,
        leaderEpoch: one.leaderEpoch,
        again: [],
        position: oldest.baseOffset,
        logStart: 0,
        why: "no leader has answered yet",
      });
    },
    pending: () => stretches.size,
    async run() {
      while (!signal.aborted) {
        for (const stretch of stretches.values()) {
          const end = await readOn(stretch, { connection: connectionTo(stretch.one.leader), view });
          // A newer leader may have taken the partition over meanwhile.
          if (end === null || signal.aborted || stretches.get(stretch.one) !== stretch) continue;
          stretches.delete(stretch.one);
          tell(stretch, end, record);
        }
        await pause(pauseMs, signal);
      }
      for (const stretch of stretches.values()) tell(stretch, { kind: "unread" }, record);
      for (const connection of connections.values()) connection.drop();
    },
  };
}

interface Asking {
  readonly connection: BrokerConnection;
  readonly view: ClusterView;
}

type End =
  | { readonly kind: "read" }
  /** The log ends below the stretch's end. */
  | { readonly kind: "cut" }
  | { readonly kind: "unread" };

/** One round: as far as the leader's answers go. Null: it is not over. */
async function readOn(stretch: Stretch, { connection, view }: Asking): Promise<End | null> {
  for (;;) {
    const answer = await ask(stretch, connection, stretch.position);
    if (answer === null) return null;
    if (answer.errorCode === offsetOutOfRange) {
      // An answer that is an error does not say where the log begins.
      const start = await startOf(stretch, view);
      if (start === null) return null;
      if (start <= stretch.position) return { kind: "cut" };
      stretch.logStart = start;
      stretch.position = start;
    } else {
      const taken = take(stretch, answer);
      if (taken === "unreadable") return { kind: "unread" };
      if (taken === "nothing") return await isCut(stretch, { connection, view }, Number(answer.highWatermark));
    }
    if (stretch.position >= stretch.to) return { kind: "read" };
  }
}

/** Nothing more is readable: a new leader that has yet to hear from its followers, or one that has lost what was read. */
async function isCut(stretch: Stretch, { connection, view }: Asking, highWatermark: number): Promise<End | null> {
  stretch.why = `its leader serves it up to ${highWatermark} of ${stretch.to}`;
  const answer = await ask(stretch, connection, stretch.to);
  if (answer?.errorCode !== offsetOutOfRange) return null;
  const start = await startOf(stretch, view);
  return start !== null && start <= stretch.position ? { kind: "cut" } : null;
}

async function startOf({ one }: Stretch, view: ClusterView): Promise<number | null> {
  const first = await view.offsets(one.leader, { partitions: [one], which: "first" });
  return first.get(`${one.topic}-${one.partition}`) ?? null;
}

/** Whether the answer has something that leads on. */
function take(stretch: Stretch, answer: fetchV17.FetchResponsePartition): "more" | "nothing" | "unreadable" {
  const { one, position, to, again } = stretch;
  const place = { topic: one.topic, partition: one.partition, highWatermark: 0, lastStableOffset: 0 };
  stretch.logStart = Math.max(stretch.logStart, Number(answer.logStartOffset));
  for (const batch of answer.records ?? []) {
    const last = Number(batch.firstOffset) + batch.lastOffsetDelta;
    if (last < stretch.position || stretch.position >= to) continue;
    const frame = frameOf(batch, { ...place, position: stretch.position });
    if (typeof frame === "string") {
      stretch.why = frame;
      return "unreadable";
    }
    again.push(frame);
    stretch.position = last + 1;
  }
  return stretch.position > position ? "more" : "nothing";
}

/** What its leader answers; null where none does: then `why` says so. */
async function ask(
  stretch: Stretch,
  connection: BrokerConnection,
  fetchOffset: number,
): Promise<fetchV17.FetchResponsePartition | null> {
  const { one, leaderEpoch } = stretch;
  const asked = {
    partition: one.partition,
    currentLeaderEpoch: leaderEpoch,
    fetchOffset: BigInt(fetchOffset),
    lastFetchedEpoch: -1,
    partitionMaxBytes: answerBytes,
  };
  const request = [{ topicId: one.topicId, partitions: [asked] }];
  const called = await connection.call((live) =>
    fetchV17.api.async(live, maxWaitMs, 1, answerBytes, 0, 0, -1, request, [], ""),
  );
  const response = called.kind === "answered" ? called.value : called.kind === "refused" ? called.response : null;
  const answer = isFetchResponse(response) ? response.responses[0]?.partitions[0] : undefined;
  if (answer?.errorCode === 0 || answer?.errorCode === offsetOutOfRange) return answer;
  stretch.why = called.kind === "answered" ? "its leader does not answer for it" : called.why;
  return null;
}

function tell(
  { one, first, again, from, to, leaderEpoch, logStart, position, why }: Stretch,
  end: End,
  record: Recording["record"],
): void {
  const compared = compareReads({
    first,
    again,
    dense: one.dense,
    logStart,
    upTo: end.kind === "read" ? to : position,
    cutBelow: end.kind === "cut" ? to : null,
  });
  const { records, gone, before, after, differ, differences } = compared;
  record({
    kind: "log-read-again",
    topic: one.topic,
    partition: one.partition,
    from,
    to,
    leaderEpoch,
    records,
    gone,
    before,
    after,
    differ,
    differences: differences.map(({ offset, what }) => ({ offset, what })),
    why: end.kind === "unread" ? why : null,
  });
}
