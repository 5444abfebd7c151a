import { slice, type EvidenceBatch } from "../model/evidence.ts";
import type { CheckerContext } from "../model/finding.ts";
import type { ExpectedEffect, ExpectedOutput, StageSpecification } from "../model/pipeline.ts";
import { rawHeaders } from "../model/record-headers.ts";
import { keyIdentity } from "../model/record-key.ts";

const utf8 = new TextDecoder();

/**
 * At least once: the stages whose outputs a redelivered record may change, by their index. f answers every record once more from
 * nothing, and then again: a stage is stateless as long as all three answers are the same and none changes a state. Of exactly-once
 * runs nothing is asked.
 */
export interface Redelivery {
  readonly specification: CheckerContext["specification"];
  readonly isAsked: boolean;
  /** What outputs may be written in. */
  readonly formats: readonly string[];
  /** Names. */
  readonly stateful: Set<string>;
}

export function beginRedelivery({ plan, specification }: CheckerContext): Redelivery {
  const { guarantee, from, to } = plan.scenario;
  const isAsked = guarantee === "at-least-once" && specification !== null;
  return { specification, isAsked, formats: [from, to, "1", "2"], stateful: new Set() };
}

export function stepRedelivery({ specification, isAsked, formats, stateful }: Redelivery, batch: EvidenceBatch): void {
  if (!isAsked || batch.kind !== "source" || batch.expected === null || stateful.has(batch.stage)) return;
  const stage = specification?.stages[batch.stage];
  if (stage === undefined) return;
  for (const [i, expected] of batch.expected.entries())
    if (expected.changes.length > 0 || !isTheSame(stage, { batch, i, expected, formats })) {
      stateful.add(batch.stage);
      return;
    }
}

function isTheSame(
  stage: StageSpecification,
  of: {
    readonly batch: Extract<EvidenceBatch, { readonly kind: "source" }>;
    readonly i: number;
    readonly expected: ExpectedEffect;
    readonly formats: readonly string[];
  },
): boolean {
  const { partition, records } = of.batch;
  const record = {
    topic: records.topic,
    partition,
    offset: records.offsets[of.i] ?? 0,
    key: slice(records.bytes, records.keyAt, of.i),
    value: slice(records.bytes, records.valueAt, of.i),
    timestamp: records.timestamps[of.i] ?? 0,
    get headers() {
      return rawHeaders(records, of.i).map(([name, content]) => [utf8.decode(name), content] as const);
    },
  };
  try {
    const fold = stage.start(partition);
    const wanted = textOf(of.expected.outputs, of.formats);
    return [fold.step(record), fold.step(record)].every(({ outputs }) => textOf(outputs, of.formats) === wanted);
  } catch {
    return false; // f needs what it has not been given
  }
}

function textOf(outputs: readonly ExpectedOutput[], formats: readonly string[]): string {
  return JSON.stringify(
    outputs.map((output) => [
      output.ordinal,
      output.topic,
      keyIdentity(output.key),
      output.timestamp,
      Object.entries(output.headers ?? {}).map(([name, content]) => [name, keyIdentity(content)]),
      ...formats.map((format) => valueIn(output, format)),
    ]),
  );
}

function valueIn(output: ExpectedOutput, format: string): readonly [string | null] | null {
  try {
    return [output.value(format)];
  } catch {
    return null; // not a format of this stage
  }
}
