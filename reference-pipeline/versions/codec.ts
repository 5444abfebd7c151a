import type { Type } from "avsc";
import { PipelineFailure } from "../core/failure.ts";
import type { StageName } from "../core/stage.ts";
import { newestKey, type AccountState, type NewestState, type State, type WindowState } from "../core/state.ts";
import { schemas, type SchemaId, type StateSchemas } from "./schemas.ts";

/** State as bytes: a version byte, then Avro binary. */
export interface Codec {
  encode(key: string, state: State): Uint8Array;
  decode(stage: StageName, key: string, bytes: Uint8Array): State;
}

/** Fields of a state that the schema has beyond the state itself. */
export type DerivedFields = (key: string, state: State) => Readonly<Record<string, number>>;

/** Writes schema `writes`; reads every schema of the registry as that one, by Avro's schema resolution. */
export function codecOf(writes: SchemaId, derived: DerivedFields): Codec {
  const own = schemas[writes];
  const readers = new Map([
    [1, readerOf(own, schemas["1"])],
    [2, readerOf(own, schemas["2"])],
  ]);
  return {
    encode: (key, state) =>
      Buffer.concat([Buffer.of(Number(writes)), own[state.kind].toBuffer({ ...state, ...derived(key, state) })]),
    decode: (stage, key, bytes) => {
      const reader = readers.get(bytes[0] ?? 0);
      if (reader === undefined) throw unknownSchema(key, bytes[0]);
      const fields = Buffer.from(bytes.buffer, bytes.byteOffset + 1, bytes.length - 1);
      if (stage === "velocity") return reader.account(fields);
      return key === newestKey ? reader.newest(fields) : reader.window(fields);
    },
  };
}

interface Reader {
  account(bytes: Buffer): AccountState;
  window(bytes: Buffer): WindowState;
  newest(bytes: Buffer): NewestState;
}

/** Avro checks the bytes against the writer's schema and gives them the reader's shape: that is where the types come from. */
function readerOf(own: StateSchemas, writer: StateSchemas): Reader {
  const account = resolved<AccountState>(own.account, writer.account);
  const window = resolved<WindowState>(own.window, writer.window);
  const newest = resolved<NewestState>(own.newest, writer.newest);
  return {
    account: (bytes) => {
      const { recent, n, t, lastAt } = account(bytes);
      return { kind: "account", recent: recent.map(({ id, at }) => ({ id, at })), n, t, lastAt };
    },
    window: (bytes) => {
      const { n, t } = window(bytes);
      return { kind: "window", n, t };
    },
    newest: (bytes) => ({ kind: "newest", newest: newest(bytes).newest }),
  };
}

function resolved<S>(own: Type, writer: Type): (bytes: Buffer) => Omit<S, "kind"> {
  const resolver = own.createResolver(writer);
  return (bytes) => own.fromBuffer(bytes, resolver);
}

function unknownSchema(key: string, byte: number | undefined): PipelineFailure {
  return new PipelineFailure(
    `State of ${key} begins with version byte ${byte ?? "none"}; this release reads 1 and 2.`,
    "A newer release wrote it: roll forward to that release, or restore from before it.",
  );
}
