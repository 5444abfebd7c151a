import { positionRecord } from "../core/changelog.ts";
import { encodeCheckpoint } from "../core/checkpoint.ts";
import { encodeState } from "../core/entries.ts";
import type { Payment } from "../core/payment.ts";
import { settlement } from "../core/settlement.ts";
import type { Stage, StageName } from "../core/stage.ts";
import type { State } from "../core/state.ts";
import { velocity } from "../core/velocity.ts";
import { formatFlag, type Format, type Version } from "../core/version.ts";
import { meaningOf, type WrittenSample } from "./sample.ts";

const at = 1_700_000_000_000;
const payments: readonly Payment[] = [
  { id: "p-1", account: "a-1", merchant: "m-1", amount: 1_000, at },
  { id: "p-2", account: "a-1", merchant: "m@2", amount: 150_000, at: at + 3_000 },
  { id: "p-ö", account: "a-é", merchant: "m-1", amount: 1, at: at + 2_000 },
  { id: "p-4", account: "a-1", merchant: "m-1", amount: 0, at: at + 31_000 }, // closes windows
  { id: "p-5", account: "a-1", merchant: "m-1", amount: 2 ** 40, at: at + 700_000 }, // forgets the first payments
];

/** What this version writes of each kind when it processes a few payments: before and after its flag is active. */
export function samplesOf(version: Version): readonly WrittenSample[] {
  return [velocity, settlement].flatMap((stage) => stageSamples(version, stage));
}

function stageSamples(version: Version, stage: Stage): readonly WrittenSample[] {
  const state = new Map<string, State>();
  const samples: WrittenSample[] = [];
  for (const [offset, payment] of payments.entries()) {
    const value = Buffer.from(JSON.stringify(payment));
    const { outputs, changes } = stage.step(state, { offset, key: null, value });
    for (const { key, state: next } of changes) {
      if (next === null) state.delete(key);
      else state.set(key, next);
      if (next !== null) samples.push(stateSample(version, stage.name, { key, state: next }));
    }
    samples.push(changelogSample(version, stage.name, { next: offset + 1, commit: offset }));
    if (stage.name === "velocity")
      for (const output of outputs)
        for (const written of formatsOf(version))
          samples.push(repartitionSample(payment, output.value(version, written.format), written));
  }
  return [...samples, checkpointSample(version, stage.name, state)];
}

interface Written {
  readonly format: Format;
  readonly finalised: boolean;
}

function formatsOf(version: Version): readonly Written[] {
  const before = version.format(new Set());
  const after = version.format(new Set([formatFlag]));
  return [{ format: before, finalised: false }, ...(after === before ? [] : [{ format: after, finalised: true }])];
}

const common = { finalised: false, key: "" };

function stateSample(
  version: Version,
  stage: StageName,
  { key, state }: { readonly key: string; readonly state: State },
): WrittenSample {
  const bytes = version.encode(key, state);
  const format = String(bytes[0]);
  return { ...common, kind: "state", format, stage, key, name: `state of ${key}`, ...bytesOf(bytes, state) };
}

function changelogSample(
  version: Version,
  stage: StageName,
  position: { readonly next: number; readonly commit: number },
): WrittenSample {
  const { key, value } = positionRecord(position, version.name);
  const bytes = Buffer.concat([Buffer.of(key.length), key, value ?? Buffer.of()]);
  const name = `position ${position.next}`;
  return { ...common, kind: "changelog", format: "1", stage, name, ...bytesOf(bytes, position) };
}

function repartitionSample(payment: Payment, text: string, { format, finalised }: Written): WrittenSample {
  const name = `payment ${payment.id}`;
  const bytes = Buffer.from(text);
  return { ...common, kind: "repartition", format, finalised, stage: "settlement", name, ...bytesOf(bytes, payment) };
}

function checkpointSample(version: Version, stage: StageName, state: ReadonlyMap<string, State>): WrittenSample {
  const positions = { inputNext: 5, changelogNext: 11, commit: 4 };
  const entries = encodeState(version, state);
  const bytes = encodeCheckpoint({ ...positions, schema: version.schema, entries });
  const means = { ...positions, state: Object.fromEntries(state) };
  return { ...common, kind: "checkpoint", format: "1", stage, name: "checkpoint", ...bytesOf(bytes, means) };
}

function bytesOf(bytes: Uint8Array, means: unknown): Pick<WrittenSample, "bytes" | "says"> {
  return { bytes: Buffer.from(bytes).toString("base64"), says: meaningOf(means) };
}
