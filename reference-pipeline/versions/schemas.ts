import avro, { type Type } from "avsc";
import type { State } from "../core/state.ts";

/** The state schemas of all releases, by version byte: what a schema registry would hold. Releases only ever add to it. */
export type SchemaId = "1" | "2";
export type StateSchemas = Readonly<Record<State["kind"], Type>>;

export const schemas: Readonly<Record<SchemaId, StateSchemas>> = {
  "1": {
    account: record("Account", accountFields()),
    window: record("Window", windowFields()),
    newest: record("Newest", [field("newest", "long")]),
  },
  "2": {
    account: record("Account", [...accountFields(), { ...field("seen", ["null", "int"]), default: null }]),
    window: record("Window", [...windowFields(), { ...field("closesAt", ["null", "long"]), default: null }]),
    newest: record("Newest", [field("newest", "long")]),
  },
};

type FieldType = "string" | "long" | ["null", "int"] | ["null", "long"] | { type: "array"; items: Type };
interface Field {
  name: string;
  type: FieldType;
  default?: null;
}

function accountFields(): Field[] {
  const accepted = record("Recent", [field("id", "string"), field("at", "long")]);
  const recent = field("recent", { type: "array", items: accepted });
  return [recent, field("n", "long"), field("t", "long"), field("lastAt", "long")];
}

function windowFields(): Field[] {
  return [field("n", "long"), field("t", "long")];
}

function field(name: string, type: FieldType): Field {
  return { name, type };
}

function record(name: string, fields: Field[]): Type {
  return avro.Type.forSchema({ type: "record", name, fields });
}
