import type { StageConfig } from "./config.ts";
import type { RawLog } from "./raw-log.ts";

/** A committed record, as a reader of the raw log sees it. */
export interface CommittedRecord {
  readonly offset: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
}

export interface ReadLog {
  readonly committed: readonly CommittedRecord[];
  readonly aborted: number;
}

/** What the test's oracle says of one stage: a fold per source partition, and the canonical text of an output. */
export interface StageOracle {
  start(partition: number): {
    step(record: { partition: number; offset: number; key: Uint8Array | null; value: Uint8Array | null }): {
      readonly outputs: readonly { readonly ordinal: number; readonly key: string; value(format: string): string }[];
    };
  };
  output(value: Uint8Array): string;
}

/** The whole partition, its aborted records counted and left out. Records of an open transaction are neither. */
async function readLog(raw: RawLog, topic: string, partition: number): Promise<ReadLog> {
  const end = await raw.highWatermark(topic, partition);
  const committed: CommittedRecord[] = [];
  const open = new Map<bigint, CommittedRecord[]>();
  let aborted = 0;
  for (let position = 0; position < end;) {
    for (const batch of (await raw.fetch(topic, partition, position, 100)).batches) {
      position = Number(batch.firstOffset) + batch.lastOffsetDelta + 1;
      const records = batch.records.map(({ offsetDelta, key, value, headers }) => ({
        offset: Number(batch.firstOffset) + offsetDelta,
        key,
        value,
        headers: Object.fromEntries(headers.map(([name, text]) => [String(name), String(text)])),
      }));
      if ((batch.attributes & 32) !== 0) {
        const transaction = open.get(batch.producerId) ?? [];
        open.delete(batch.producerId);
        if (records[0]?.key?.readInt16BE(2) === 1) committed.push(...transaction);
        else aborted += transaction.length;
      } else if ((batch.attributes & 16) === 0) committed.push(...records);
      else open.set(batch.producerId, [...(open.get(batch.producerId) ?? []), ...records]);
    }
  }
  return { committed: committed.toSorted((a, b) => a.offset - b.offset), aborted };
}

/** One stage's sink, expected and found: `<cause> <key> <value>` a line, sorted. */
export interface Judged {
  readonly expected: readonly string[];
  readonly found: readonly string[];
  readonly aborted: number;
  /** Formats of the records found, per sink partition, in offset order. */
  readonly formats: readonly (readonly string[])[];
}

/** Folds the oracle over the committed source and reads the sink. Every output is expected in the format its writer names. */
export async function judge(raw: RawLog, stage: StageConfig, oracle: StageOracle, partitions: number): Promise<Judged> {
  const expectations = new Map<string, { readonly key: string; value(format: string): string }>();
  const sinks: ReadLog[] = [];
  for (let partition = 0; partition < partitions; partition += 1) {
    sinks.push(await readLog(raw, stage.sink, partition));
    const fold = oracle.start(partition);
    for (const { offset, key, value } of (await readLog(raw, stage.source, partition)).committed)
      for (const output of fold.step({ partition, offset, key, value }).outputs)
        expectations.set(`${stage.source}-${partition}@${offset}#${output.ordinal}`, output);
  }
  const formatOf = new Map<string, string>();
  const found: string[] = [];
  for (const { key, value, headers } of sinks.flatMap(({ committed }) => committed)) {
    const cause = headers["rp-source"] ?? "no cause";
    formatOf.set(cause, headers["rp-writer"]?.split("/").at(-1) ?? "no format");
    found.push(`${cause} ${key?.toString()} ${oracle.output(value ?? Buffer.alloc(0))}`);
  }
  return {
    expected: [...expectations]
      .map(([cause, output]) => `${cause} ${output.key} ${output.value(formatOf.get(cause) ?? "1")}`)
      .toSorted(),
    found: found.toSorted(),
    aborted: sinks.reduce((sum, sink) => sum + sink.aborted, 0),
    formats: sinks.map(({ committed }) =>
      committed.map(({ headers }) => headers["rp-writer"]?.split("/").at(-1) ?? "none"),
    ),
  };
}
