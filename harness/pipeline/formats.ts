import type { Path, Place } from "../base/source-text.ts";
import { formatKinds, type FormatUse, type VersionFormats } from "../model/formats.ts";
import type { PipelineDescription } from "../model/pipeline.ts";
import type { PipelineFile } from "./schema.ts";

type FormatsFile = NonNullable<PipelineFile["versions"][string]["formats"]>;

/** What each version declares, with its place in the file; undefined: none declares anything. */
export function formatsOf(
  { versions }: PipelineFile,
  placeOf: (path: Path) => string,
): PipelineDescription["formats"] | undefined {
  const declared = Object.entries(versions).flatMap(([version, { formats }]) =>
    formats === undefined
      ? []
      : [[version, usesOf(formats, (kind) => placeOf(["versions", version, "formats", kind]))]],
  );
  return declared.length === 0 ? undefined : Object.fromEntries(declared);
}

function usesOf(formats: FormatsFile, placeOf: (kind: string) => string): VersionFormats {
  return Object.fromEntries(
    formatKinds.flatMap((kind) => {
      const use = formats[kind];
      return use === undefined ? [] : [[kind, useOf(use, placeOf(kind))]];
    }),
  );
}

function useOf(use: NonNullable<FormatsFile["state"]>, declaredAt: string): FormatUse {
  const { writes, reads, rewrites, "after-finalise": afterFinalise } = use;
  return {
    writes,
    ...(afterFinalise === undefined ? {} : { afterFinalise }),
    reads,
    ...(rewrites === undefined ? {} : { rewrites }),
    declaredAt,
  };
}

/** A version that cannot read what it writes itself could not even restart. */
export function formatMisfits({
  versions,
}: PipelineFile): readonly { readonly path: Path; readonly message: string }[] {
  return Object.entries(versions).flatMap(([version, { formats }]) =>
    formatKinds.flatMap((kind) => {
      const use = formats?.[kind];
      const written = use === undefined ? [] : [use.writes, use["after-finalise"] ?? use.writes];
      return [...new Set(written)]
        .filter((format) => use?.reads.includes(format) !== true)
        .map((format) => ({
          path: ["versions", version, "formats", kind, "reads"],
          message: `${version} writes ${kind} in format ${format} and does not read it: add it, or mend \`writes\``,
        }));
    }),
  );
}

/** `pipelines/x/pipeline.yaml:30:14` */
export function placeText(file: string, { line, column }: Place): string {
  return `${file}:${line}:${column}`;
}
