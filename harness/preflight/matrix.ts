import { formatKinds, type FormatKind, type FormatUse, type VersionFormats } from "../model/formats.ts";
import { refusals, type Refusal, type Roll } from "./refusals.ts";
import type { Trial } from "./samples.ts";
import type { Declared } from "./standing.ts";

/** The declarations of some versions as lines, a version each. */
export function declaredLines(declared: Declared, versions: readonly string[]): readonly string[] {
  return versions.map((version) => {
    const formats = declared[version];
    return `${version}: ${formats === undefined ? "not declared" : versionText(formats)}`;
  });
}

interface Matrix {
  readonly from: string;
  readonly roll: Roll;
  /** What the versions' own programs showed; null: they were not asked. */
  readonly tried: readonly Trial[] | null;
}

/** The matrix of one roll as lines: a kind each, what both versions declare of it, whether that fits, and what was tried. */
export function matrixLines(declared: Declared, { from, roll, tried }: Matrix): readonly string[] {
  const cells = refusals(declared, from, roll);
  const before = declared[from];
  const after = declared[roll.to];
  const rows = [
    ["", from, roll.to, ""],
    ...formatKinds.map((kind) => [
      kind,
      useText(before?.[kind]),
      useText(after?.[kind]),
      `${fitText({ kind, before, after, cells, from, roll })}${triedText(kind, tried)}`,
    ]),
    ["flags", flagsText(before), flagsText(after), flagFitText(after, cells, roll)],
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

function versionText(formats: VersionFormats): string {
  const kinds = formatKinds.flatMap((kind) => {
    const use = formats[kind];
    return use === undefined ? [] : [`${kind} ${useText(use)}`];
  });
  return [...kinds, ...(formats.flags === undefined ? [] : [`flags ${flagsText(formats)}`])].join("; ");
}

function useText(use: FormatUse | undefined): string {
  if (use === undefined) return "not declared";
  const later = use.afterFinalise === undefined ? "" : `, ${use.afterFinalise} after finalise`;
  return `writes ${use.writes}${later}, reads ${use.reads.join(" ")}`;
}

function flagsText(formats: VersionFormats | undefined): string {
  if (formats?.flags === undefined) return "not declared";
  return formats.flags.join(" ") || "none";
}

interface Fit {
  readonly kind: FormatKind;
  readonly before: VersionFormats | undefined;
  readonly after: VersionFormats | undefined;
  readonly cells: readonly Refusal[];
  readonly from: string;
  readonly roll: Roll;
}

function fitText({ kind, before, after, cells, from, roll }: Fit): string {
  if (before?.[kind] === undefined || after?.[kind] === undefined) return "not judged";
  const { to, isMixed } = roll;
  const of = cells.filter((cell) => cell.kind === kind);
  const forth = of.some((cell) => "when" in cell && cell.when === "found");
  const back = of.some((cell) => "when" in cell && cell.when === "meanwhile");
  const reads = (reader: string, writer: string, isRefused: boolean): string =>
    `${reader} ${isRefused ? "CANNOT READ" : "reads"} ${writer}`;
  return [
    reads(to, from, forth),
    isMixed || kind === "output" ? reads(from, to, back) : `${from} never meets what ${to} writes`,
  ].join(", ");
}

/** Of what was read across versions: each reads its own samples as well. */
function triedText(kind: FormatKind, tried: readonly Trial[] | null): string {
  if (tried === null) return "";
  const across = tried.filter((one) => one.kind === kind && one.writer !== one.reader);
  const read = across.reduce((sum, one) => sum + one.read, 0);
  return across.length === 0 ? "; no samples" : `; ${read} samples read`;
}

function flagFitText(after: VersionFormats | undefined, cells: readonly Refusal[], { to, flag }: Roll): string {
  if (flag === null) return "none is activated";
  if (after?.flags === undefined) return "not judged";
  return cells.some(({ kind }) => kind === "flags") ? `${to} DOES NOT KNOW ${flag}` : `${to} knows ${flag}`;
}
