import { formatKinds, type FormatKind, type VersionFormats } from "../model/formats.ts";

/** What the versions of a pipeline declare, by name. A version that is not in it declares nothing. */
export type Declared = Readonly<Partial<Record<string, VersionFormats>>>;

/** Formats that may be found, each with the version that wrote it. */
export type Found = ReadonlyMap<string, string>;

/** Where an upgrade begins: the version that runs, and the formats that it and those before it may have left. */
export interface Standing {
  readonly version: string;
  readonly isFinalised: boolean;
  readonly found: Readonly<Record<FormatKind, Found>>;
}

/** Kinds of which the next write of the task replaces all of what was there; the others keep what nobody touches. */
const replacedWhole: ReadonlySet<FormatKind> = new Set(["repartition", "checkpoint"]);

/** A pipeline that has only ever run this version, not finalised. */
export function firstStanding(declared: Declared, version: string): Standing {
  return { version, isFinalised: false, found: foundAfter(declared, { version, isFinalised: false, before: null }) };
}

/** After every member has been brought to the version. */
export function afterRoll(declared: Declared, before: Standing, version: string): Standing {
  return { version, isFinalised: false, found: foundAfter(declared, { version, isFinalised: false, before }) };
}

/** After the upgrade to the version that runs was finalised, and all of it has written since. */
export function afterFinalise(declared: Declared, before: Standing): Standing {
  const { version } = before;
  return { version, isFinalised: true, found: foundAfter(declared, { version, isFinalised: true, before }) };
}

/** Whether to finalise the upgrade to this version changes which formats may be found. */
export function finaliseMatters(formats: VersionFormats | undefined): boolean {
  return formatKinds.some((kind) => {
    const use = formats?.[kind];
    return use?.afterFinalise !== undefined || use?.rewrites === true;
  });
}

interface Now {
  readonly version: string;
  readonly isFinalised: boolean;
  readonly before: Standing | null;
}

function foundAfter(declared: Declared, { version, isFinalised, before }: Now): Standing["found"] {
  const found = (kind: FormatKind): Found => {
    const use = declared[version]?.[kind];
    if (use === undefined) return before?.found[kind] ?? new Map<string, string>();
    const written = isFinalised ? (use.afterFinalise ?? use.writes) : use.writes;
    const isGone = replacedWhole.has(kind) || (use.rewrites === true && isFinalised);
    const kept = isGone ? [] : [...(before?.found[kind] ?? [])];
    return new Map([...kept, [written, version]]);
  };
  return {
    state: found("state"),
    changelog: found("changelog"),
    repartition: found("repartition"),
    output: found("output"),
    checkpoint: found("checkpoint"),
  };
}
