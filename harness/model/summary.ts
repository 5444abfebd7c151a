/** RunSummary: history → what reports draw. Times are milliseconds from time 0 (the first send), negative before it. */
export const summarySchemaVersion = 2;

export interface RunSummary {
  readonly schemaVersion: typeof summarySchemaVersion;
  readonly runId: string;
  readonly endMs: number;
  readonly phases: readonly Span[];
  readonly members: readonly MemberLane[];
  readonly brokers: readonly MemberLane[];
  readonly faults: readonly FaultSpan[];
  readonly steps: readonly StepSpan[];
  readonly series: readonly Series[];
  readonly counts: {
    readonly inputsPlanned: number;
    readonly inputsAcknowledged: number;
    readonly transactionsCommitted: number;
    readonly transactionsAborted: number;
    readonly outputsCommitted: number;
    readonly events: number;
    readonly frames: number;
  };
  /** Records that findings point to, decoded for people; refs as in findings. Contents are untrusted text. */
  readonly records: readonly RecordView[];
  /** Events that findings point to. */
  readonly events: readonly { readonly ref: string; readonly atMs: number; readonly text: string }[];
}

export interface Span {
  readonly label: string;
  readonly fromMs: number;
  readonly toMs: number | null;
}
export interface MemberLane {
  readonly id: string;
  readonly incarnations: readonly {
    readonly incarnation: number;
    readonly version: string | null;
    readonly fromMs: number;
    readonly toMs: number | null;
    readonly ended: string | null;
  }[];
}
export interface FaultSpan extends Span {
  readonly id: string;
  readonly faultKind: string;
  readonly targets: readonly string[];
  readonly proven: boolean;
  readonly unfired: string | null;
}
export interface StepSpan extends Span {
  /** Replaced together. */
  readonly members: readonly string[];
  readonly phases: readonly Span[];
}
export interface Series {
  readonly name: string;
  readonly unit: string;
  readonly points: readonly (readonly [atMs: number, value: number])[];
}
export interface RecordView {
  readonly ref: string;
  /** When the tail saw it. */
  readonly atMs: number;
  readonly key: string;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly writer: string | null;
  readonly transaction: string | null;
}
