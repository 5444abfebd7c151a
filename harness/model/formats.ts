/** Kinds of bytes that one version leaves for another to read. */
export const formatKinds = ["state", "changelog", "repartition", "output", "checkpoint"] as const;
export type FormatKind = (typeof formatKinds)[number];

/** What a version does with one kind of bytes. */
export interface FormatUse {
  /** The format that it writes from its first commit on. */
  readonly writes: string;
  /** What it writes in its place once the upgrade to it is finalised; left out: the same. */
  readonly afterFinalise?: string;
  /** Formats that it reads; of `output`, formats that the readers downstream can read while it runs. */
  readonly reads: readonly string[];
  /** By the time of finalise it has written anew all that it found in other formats. Left out: what nobody touches stays as it was. */
  readonly rewrites?: boolean;
  /** Where it is declared: `pipelines/x/pipeline.yaml:30:14`; left out: in code. */
  readonly declaredAt?: string;
}

/** What a version declares of its formats. A kind that is left out is not declared: nothing follows for it. */
export type VersionFormats = Readonly<Partial<Record<FormatKind, FormatUse>>> & {
  /** Flags that the version knows. */
  readonly flags?: readonly string[];
};
