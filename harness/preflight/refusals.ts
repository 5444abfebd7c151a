import { formatKinds, type FormatKind, type VersionFormats } from "../model/formats.ts";
import { firstStanding, type Declared, type Standing } from "./standing.ts";

/** One cell of the matrix that does not hold. */
export type Refusal =
  | {
      readonly kind: FormatKind;
      /** The version that writes, and its format. */
      readonly writer: string;
      readonly format: string;
      readonly reader: string;
      readonly reads: readonly string[];
      readonly declaredAt: string | null;
      /** `found`: it is there when the reader starts. `meanwhile`: it is written while the reader runs, or before it comes back. */
      readonly when: "found" | "meanwhile";
    }
  | { readonly kind: "flags"; readonly flag: string; readonly version: string; readonly knows: readonly string[] };

export interface Roll {
  readonly to: string;
  /** Members of both versions run side by side, or the old version may come back. */
  readonly isMixed: boolean;
  /** The flag that finalise activates; null: none. */
  readonly flag: string | null;
}

/** Whether the roll from the version that a run starts with is refused: the cells that do not hold. */
export function refusals(declared: Declared, from: string, roll: Roll): readonly Refusal[] {
  return rollRefusals(declared, firstStanding(declared, from), roll);
}

/** The cells that do not hold when this roll begins there. A kind that either version leaves out is not judged. */
export function rollRefusals(declared: Declared, standing: Standing, { to, isMixed, flag }: Roll): readonly Refusal[] {
  const before = declared[standing.version];
  const after = declared[to];
  return [
    ...formatKinds.flatMap((kind) => kindRefusals(kind, { before, after, standing, to, isMixed })),
    ...(flag === null || after?.flags === undefined || after.flags.includes(flag)
      ? []
      : [{ kind: "flags" as const, flag, version: to, knows: after.flags }]),
  ];
}

interface Sides {
  readonly before: VersionFormats | undefined;
  readonly after: VersionFormats | undefined;
  readonly standing: Standing;
  readonly to: string;
  readonly isMixed: boolean;
}

function kindRefusals(kind: FormatKind, { before, after, standing, to, isMixed }: Sides): readonly Refusal[] {
  const old = before?.[kind];
  const next = after?.[kind];
  if (old === undefined || next === undefined) return [];
  const unread = [...standing.found[kind]].filter(([format]) => !next.reads.includes(format));
  // Readers downstream are there all the time, whatever the strategy does with the members.
  const isMet = isMixed || kind === "output";
  return [
    ...unread.map(([format, writer]): Refusal => ({
      kind,
      writer,
      format,
      reader: to,
      reads: next.reads,
      declaredAt: next.declaredAt ?? null,
      when: "found",
    })),
    ...(isMet && !old.reads.includes(next.writes)
      ? [
          {
            kind,
            writer: to,
            format: next.writes,
            reader: standing.version,
            reads: old.reads,
            declaredAt: old.declaredAt ?? null,
            when: "meanwhile" as const,
          },
        ]
      : []),
  ];
}
