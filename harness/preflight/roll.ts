import { mixesVersions } from "../model/program.ts";
import type { Ways } from "../model/way-back.ts";
import type { Roll } from "./refusals.ts";

/** What of an upgrade's acts decides which formats meet which version. */
export function rollOf(
  { program, back }: Ways,
  { to, members }: { readonly to: string; readonly members: number },
): Roll {
  return {
    to,
    isMixed: back !== undefined || mixesVersions(program, members),
    flag: program.find((act) => act.kind === "activate")?.flag ?? null,
  };
}
