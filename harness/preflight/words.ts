import { migrationPath, pathText } from "./paths.ts";
import { refusals, type Refusal, type Roll } from "./refusals.ts";
import type { Declared } from "./standing.ts";

/** Why the roll is refused, a cell each, and by which way it can be done; none: the declarations have nothing against it. */
export function refusalTexts(declared: Declared, from: string, roll: Roll): readonly string[] {
  const cells = refusals(declared, from, roll);
  if (cells.length === 0) return [];
  const remedy = remedyText(declared, { from, roll, cells });
  return cells.map((cell, i) => `${cellText(cell)}${i === cells.length - 1 ? `. ${remedy}` : ""}`);
}

function cellText(cell: Refusal): string {
  if (cell.kind === "flags")
    return `finalise activates ${cell.flag}, which ${cell.version} does not know (${listed(cell.knows, "it knows")})`;
  const { kind, writer, format, reader, reads, declaredAt, when } = cell;
  const declaration = declaredAt ?? `formats.${reader}.${kind} of the description`;
  const time = when === "meanwhile" ? " before finalise" : "";
  const who = kind === "output" ? `the readers downstream of ${reader}` : reader;
  return `${writer} writes ${kind} in format ${format}${time}, which ${who} cannot read (${listed(reads, "reads")}; ${declaration})`;
}

function listed(names: readonly string[], verb: string): string {
  return `${verb} ${names.join(", ") || "none"}`;
}

function remedyText(
  declared: Declared,
  { from, roll, cells }: { readonly from: string; readonly roll: Roll; readonly cells: readonly Refusal[] },
): string {
  if (cells.every(({ kind }) => kind === "flags"))
    return `Declare the flag if ${roll.to} knows it, or set upgrade.finalise to false`;
  const legs = migrationPath(declared, { from, to: roll.to, isMixed: roll.isMixed });
  if (legs !== null) return `Upgrade in ${legs.length} rolls: ${pathText(legs)}`;
  const meanwhile = cells.every(
    (cell) => cell.kind === "flags" || (cell.when === "meanwhile" && cell.kind !== "output"),
  );
  const recreate = meanwhile && roll.isMixed ? ", or use the strategy recreate without a way back" : "";
  return `No path by other versions is declared: release a version between them that reads both formats and writes the old one${recreate}`;
}
