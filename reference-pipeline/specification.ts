/**
 * The oracle of the reference pipeline: what docs/reference-pipeline.md says, as naively as it can be said. It shares no
 * line with the pipeline (`core/`), and neither imports the other. One file, since its digest goes into run.json.
 */
import { createHash } from "node:crypto";
import avro from "avsc";

interface SourceRecord {
  readonly partition: number;
  readonly offset: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
}
interface ExpectedOutput {
  readonly ordinal: number;
  readonly topic: string;
  readonly key: string;
  value(format: string): string;
}
interface ExpectedChange {
  readonly key: string;
  readonly state: ((schema: string) => string) | null;
}
interface ExpectedEffect {
  readonly outputs: readonly ExpectedOutput[];
  readonly changes: readonly ExpectedChange[];
}
type ChangelogEntry =
  | { readonly kind: "position"; readonly nextOffset: number; readonly commit: number }
  | { readonly kind: "state"; readonly key: string; readonly schema: string; readonly state: string | null };
interface CheckpointContent {
  readonly inputNext: number;
  readonly changelogNext: number;
  readonly schema: string;
  readonly entries: ReadonlyMap<string, string>;
}
interface StageSpecification {
  start(partition: number): { step(record: SourceRecord): ExpectedEffect };
  output(value: Uint8Array): string;
  changelog(key: Uint8Array, value: Uint8Array | null): ChangelogEntry;
  readonly hasPositionRecords: true;
  checkpoint(bytes: Uint8Array): CheckpointContent;
}

const dedupHorizonMs = 600_000;
const velocitySpanMs = 60_000;
const windowMs = 10_000;
const latenessMs = 5_000;
const newestKey = "#newest";
const noEffect: ExpectedEffect = { outputs: [], changes: [] };

// ---- values -------------------------------------------------------------------------------------------------------

interface Payment {
  readonly id: string;
  readonly account: string;
  readonly merchant: string;
  readonly amount: number;
  readonly at: number;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decodeText(bytes: Uint8Array): string {
  return utf8.decode(bytes);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

/** The payment in a record's value, or null when the value is poison. */
function paymentOf(value: Uint8Array | null): Payment | null {
  if (value === null) return null;
  let parsed: unknown;
  try {
    parsed = JSON.parse(decodeText(value));
  } catch {
    return null;
  }
  if (!isObject(parsed)) return null;
  const { id, account, merchant, amount, at } = parsed;
  if (typeof id !== "string" || typeof account !== "string" || typeof merchant !== "string") return null;
  if (!isWhole(amount) || !isWhole(at)) return null;
  return { id, account, merchant, amount, at };
}

/** An output's value is JSON with its keys in a fixed order and no spaces: its own text is canonical. */
function outputText(value: Uint8Array): string {
  const text = decodeText(value);
  if (!isObject(JSON.parse(text))) throw new Error(`An output's value is a JSON object, not ${text.slice(0, 40)}`);
  return text;
}

/** JSON of `fields`, with `added` as the last field in the format or schema version `since` and not before. */
function versioned(fields: object, added: object): (version: string) => string {
  return (version) => {
    if (version === "1") return JSON.stringify(fields);
    if (version === "2") return JSON.stringify({ ...fields, ...added });
    throw new Error(`The reference pipeline has formats and schemas 1 and 2, not ${version}`);
  };
}

// ---- stage velocity: per account, in source order -----------------------------------------------------------------

interface AccountState {
  readonly recent: readonly { readonly id: string; readonly at: number }[];
  readonly n: number;
  readonly t: number;
  readonly lastAt: number;
}

function accountText(state: AccountState): (schema: string) => string {
  const { recent, n, t, lastAt } = state;
  return versioned({ recent, n, t, lastAt }, { seen: recent.length });
}

function startVelocity(): { step(record: SourceRecord): ExpectedEffect } {
  const accounts = new Map<string, AccountState>();
  return {
    step(record) {
      const payment = paymentOf(record.value);
      if (payment === null) return noEffect;
      const { id, account, merchant, amount, at } = payment;

      const before = accounts.get(account);
      if (before !== undefined && at <= before.lastAt - dedupHorizonMs) return noEffect; // expired
      if (before !== undefined && before.recent.some((one) => one.id === id)) return noEffect; // duplicate

      const newest = before === undefined ? at : Math.max(before.lastAt, at);
      const recent = [...(before?.recent ?? []), { id, at }].filter((one) => one.at > newest - dedupHorizonMs);
      const n = (before?.n ?? 0) + 1;
      const t = (before?.t ?? 0) + amount;
      const after: AccountState = { recent, n, t, lastAt: newest };
      accounts.set(account, after);

      const velocity = recent.filter((one) => one.at > newest - velocitySpanMs).length;
      const risk = velocity >= 5 || amount >= 100_000 ? "high" : "low";
      const value = versioned({ id, account, merchant, amount, at, velocity, n, t }, { risk });
      return {
        outputs: [{ ordinal: 0, topic: "by-merchant", key: merchant, value }],
        changes: [{ key: account, state: accountText(after) }],
      };
    },
  };
}

// ---- stage settlement: per merchant and window, in source order ---------------------------------------------------

interface WindowState {
  readonly merchant: string;
  readonly window: number;
  readonly n: number;
  readonly t: number;
}

function windowText({ window, n, t }: WindowState): (schema: string) => string {
  return versioned({ n, t }, { closesAt: window + windowMs + latenessMs });
}

function settlementText(kind: "open" | "late" | "closed", at: WindowState, id?: string): (format: string) => string {
  const { merchant, window, n, t } = at;
  const mean = n === 0 ? 0 : Math.floor(t / n);
  const fields = id === undefined ? { kind, merchant, window, n, t } : { kind, merchant, window, id, n, t };
  return versioned(fields, { mean });
}

function byWindowThenMerchant(a: WindowState, b: WindowState): number {
  if (a.window !== b.window) return a.window - b.window;
  return a.merchant < b.merchant ? -1 : a.merchant > b.merchant ? 1 : 0;
}

function startSettlement(): { step(record: SourceRecord): ExpectedEffect } {
  const windows = new Map<string, WindowState>();
  let newest: number | null = null;
  const isClosed = (window: number): boolean => newest !== null && window + windowMs + latenessMs <= newest;
  return {
    step(record) {
      const payment = paymentOf(record.value);
      if (payment === null) return noEffect;
      const { id, merchant, amount, at } = payment;
      const window = Math.floor(at / windowMs) * windowMs;
      const output = (ordinal: number, key: string, value: (format: string) => string): ExpectedOutput => ({
        ordinal,
        topic: "settlements",
        key,
        value,
      });

      if (isClosed(window)) {
        const late = settlementText("late", { merchant, window, n: 1, t: amount }, id);
        return { outputs: [output(0, merchant, late)], changes: [] };
      }

      const key = `${merchant}@${window}`;
      const before = windows.get(key);
      const after: WindowState = { merchant, window, n: (before?.n ?? 0) + 1, t: (before?.t ?? 0) + amount };
      windows.set(key, after);
      const outputs = [output(0, merchant, settlementText("open", after, id))];
      const changes: ExpectedChange[] = [{ key, state: windowText(after) }];

      // Only a newer event time closes windows.
      if (newest !== null && at <= newest) return { outputs, changes };
      newest = at;
      changes.push({ key: newestKey, state: versioned({ newest: at }, {}) });

      const closing = [...windows.values()].filter((one) => isClosed(one.window)).toSorted(byWindowThenMerchant);
      for (const one of closing) {
        windows.delete(`${one.merchant}@${one.window}`);
        outputs.push(output(outputs.length, one.merchant, settlementText("closed", one)));
        changes.push({ key: `${one.merchant}@${one.window}`, state: null });
      }
      return { outputs, changes };
    },
  };
}

// ---- state bytes: one version byte, then Avro binary --------------------------------------------------------------

const long = (name: string): object => ({ name, type: "long" });
const recent = { type: "record", name: "Recent", fields: [{ name: "id", type: "string" }, long("at")] };
const accountFields = [
  { name: "recent", type: { type: "array", items: recent } },
  long("n"),
  long("t"),
  long("lastAt"),
];
const windowFields = [long("n"), long("t")];
const avroTypes = {
  account: {
    "1": recordType("Account", accountFields),
    "2": recordType("Account", [...accountFields, { name: "seen", type: ["null", "int"], default: null }]),
  },
  window: {
    "1": recordType("Window", windowFields),
    "2": recordType("Window", [...windowFields, { name: "closesAt", type: ["null", "long"], default: null }]),
  },
  newest: { "1": recordType("Newest", [long("newest")]), "2": recordType("Newest", [long("newest")]) },
} as const;

function recordType(name: string, fields: readonly object[]): avro.Type {
  return avro.Type.forSchema(JSON.parse(JSON.stringify({ type: "record", name, fields })), { wrapUnions: false });
}

interface StateValue {
  readonly schema: "1" | "2";
  readonly fields: Readonly<Record<string, unknown>>;
}

function decodeState(kind: keyof typeof avroTypes, bytes: Uint8Array): StateValue {
  const schema = bytes[0] === 1 ? "1" : bytes[0] === 2 ? "2" : null;
  if (schema === null) throw new Error(`State begins with version byte 1 or 2, not ${bytes[0] ?? "nothing"}`);
  const fields: unknown = avroTypes[kind][schema].fromBuffer(
    Buffer.from(bytes.buffer, bytes.byteOffset + 1, bytes.length - 1),
  );
  if (!isObject(fields)) throw new Error("State is an Avro record");
  return { schema, fields };
}

/** The state's text in `schema`: as stored when it is that schema's, else the added field dropped or derived. */
function stateTextIn(schema: string, kind: keyof typeof avroTypes, key: string, value: StateValue): string {
  if (value.schema === schema) return JSON.stringify(value.fields);
  const { recent, n, t, lastAt, newest } = value.fields;
  if (kind === "newest") return versioned({ newest }, {})(schema);
  if (kind === "account")
    return versioned({ recent, n, t, lastAt }, { seen: Array.isArray(recent) ? recent.length : 0 })(schema);
  const window = Number(key.slice(key.lastIndexOf("@") + 1));
  return versioned({ n, t }, { closesAt: window + windowMs + latenessMs })(schema);
}

type KindOfKey = (key: string) => keyof typeof avroTypes;

function changelogEntry(kindOf: KindOfKey, key: Uint8Array, value: Uint8Array | null): ChangelogEntry {
  if (key.length === 2 && key[0] === 0 && key[1] === 0) {
    const position: unknown = value === null ? null : JSON.parse(decodeText(value));
    if (!isObject(position) || !isWhole(position["next"]) || !isWhole(position["commit"]))
      throw new Error('A position record holds {"next":…,"commit":…}');
    return { kind: "position", nextOffset: position["next"], commit: position["commit"] };
  }
  const name = decodeText(key);
  if (value === null) return { kind: "state", key: name, schema: "", state: null };
  const decoded = decodeState(kindOf(name), value);
  return { kind: "state", key: name, schema: decoded.schema, state: JSON.stringify(decoded.fields) };
}

// ---- checkpoint files ---------------------------------------------------------------------------------------------

function checkpointContent(kindOf: KindOfKey, bytes: Uint8Array): CheckpointContent {
  const lineEnd = bytes.indexOf(0x0a);
  if (lineEnd < 0) throw new Error("A checkpoint begins with one line of JSON");
  const header: unknown = JSON.parse(decodeText(bytes.subarray(0, lineEnd)));
  if (!isObject(header) || header["format"] !== 1) throw new Error("A checkpoint's header is an object of format 1");
  const { schema, inputNext, changelogNext, commit, entries: count, sha256 } = header;
  if ((schema !== "1" && schema !== "2") || !isWhole(inputNext) || !isWhole(changelogNext) || !isWhole(commit))
    throw new Error("A checkpoint's header holds schema 1 or 2, inputNext, changelogNext and commit");
  const rest = bytes.subarray(lineEnd + 1);
  const digest = createHash("sha256").update(rest).digest("hex");
  if (digest !== sha256) throw new Error(`The checkpoint's entries digest to ${digest}, not ${String(sha256)}`);

  const entries = new Map<string, string>();
  for (let at = 0; at < rest.length;) {
    const key = sized(rest, at);
    const value = sized(rest, key.end);
    at = value.end;
    const name = decodeText(key.bytes);
    if (entries.has(name)) throw new Error(`The checkpoint holds ${name} twice`);
    const kind = kindOf(name);
    entries.set(name, stateTextIn(schema, kind, name, decodeState(kind, value.bytes)));
  }
  if (entries.size !== count) throw new Error(`The checkpoint holds ${entries.size} entries, not ${String(count)}`);
  return { inputNext, changelogNext, schema, entries };
}

/** A uint32 length, big-endian, and as many bytes, from `at`. */
function sized(bytes: Uint8Array, at: number): { readonly bytes: Uint8Array; readonly end: number } {
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(at);
  const end = at + 4 + length;
  if (end > bytes.length)
    throw new Error(`The checkpoint ends at byte ${bytes.length}, in an entry that ends at ${end}`);
  return { bytes: bytes.subarray(at + 4, end), end };
}

// ---- the two stages -----------------------------------------------------------------------------------------------

function stage(start: StageSpecification["start"], kindOf: KindOfKey): StageSpecification {
  return {
    start,
    output: outputText,
    changelog: (key, value) => changelogEntry(kindOf, key, value),
    hasPositionRecords: true,
    checkpoint: (bytes) => checkpointContent(kindOf, bytes),
  };
}

export const specification: { readonly stages: Readonly<Record<"velocity" | "settlement", StageSpecification>> } = {
  stages: {
    velocity: stage(startVelocity, () => "account"),
    settlement: stage(startSettlement, (key) => (key === newestKey ? "newest" : "window")),
  },
};
