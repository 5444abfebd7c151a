import { formatKinds, type FormatKind } from "../model/formats.ts";
import type { Roll } from "./refusals.ts";
import type { Declared } from "./standing.ts";

/** Bytes that a version wrote, with what they mean whatever the format. */
export interface Sample {
  readonly kind: FormatKind;
  readonly format: string;
  /** The version writes it only once its upgrade is finalised. */
  readonly finalised: boolean;
  readonly name: string;
  readonly says: string;
}

/** What a version made of a sample. */
export type SampleAnswer = { readonly says: string } | { readonly refuses: string };

/** What the versions' own programs showed: samples by the version that wrote them, and answers by the one that read them. */
export interface Shown<S extends Sample> {
  readonly samples: Readonly<Partial<Record<string, readonly S[]>>>;
  readonly answer: (reader: string, sample: S) => SampleAnswer | undefined;
}

/** One cell, tried. */
export interface Trial {
  readonly kind: FormatKind;
  readonly writer: string;
  readonly reader: string;
  /** Samples that were read as they were meant. */
  readonly read: number;
  /** The first that was not, and why; null: all were. */
  readonly refuted: string | null;
}

/** The cells that the roll needs, each tried with the samples of its writer. A cell without a declaration or without samples is left out. */
export function trials<S extends Sample>(declared: Declared, { from, roll, shown }: Trying<S>): readonly Trial[] {
  const { to, isMixed } = roll;
  return formatKinds.flatMap((kind) => {
    const isMet = isMixed || kind === "output";
    const pairs = [
      { writer: from, reader: from },
      { writer: from, reader: to },
      ...(isMet ? [{ writer: to, reader: from }] : []),
      { writer: to, reader: to },
    ];
    return pairs.flatMap(({ writer, reader }) => {
      if (declared[writer]?.[kind] === undefined || declared[reader]?.[kind] === undefined) return [];
      const of = (shown.samples[writer] ?? []).filter(
        (sample) => sample.kind === kind && (!sample.finalised || (reader === to && writer === to)),
      );
      return of.length === 0 ? [] : [trial(declared, { kind, writer, reader, samples: of, shown })];
    });
  });
}

interface Trying<S extends Sample> {
  readonly from: string;
  readonly roll: Roll;
  readonly shown: Shown<S>;
}

function trial<S extends Sample>(
  declared: Declared,
  {
    kind,
    writer,
    reader,
    samples,
    shown,
  }: Pick<Trial, "kind" | "writer" | "reader"> & { readonly samples: readonly S[]; readonly shown: Shown<S> },
): Trial {
  const use = declared[writer]?.[kind];
  const why = (sample: S): string | null => {
    const { name, format, finalised, says } = sample;
    const written = finalised ? (use?.afterFinalise ?? use?.writes) : use?.writes;
    if (format !== written)
      return `${writer} wrote ${name} in format ${format}${finalised ? "" : " before finalise"} and declares ${written}`;
    const answer = shown.answer(reader, sample);
    if (answer === undefined) return `${reader} did not answer to ${name}`;
    if ("refuses" in answer) return `${reader} refused ${name} of ${writer}: ${cut(answer.refuses)}`;
    return answer.says === says
      ? null
      : `${reader} read ${name} of ${writer} as ${cut(answer.says)}, and it means ${cut(says)}`;
  };
  const reasons = samples.map(why);
  return {
    kind,
    writer,
    reader,
    read: reasons.filter((one) => one === null).length,
    refuted: reasons.find((one) => one !== null) ?? null,
  };
}

function cut(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
