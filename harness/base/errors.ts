/** Exit codes, one table for the whole tool. */
export const exitCodes = {
  valid: 0,
  invalid: 1,
  unknown: 2,
  usage: 64,
  /** The pipeline under test did not come up, or is not recognised. */
  pipeline: 65,
  environment: 69,
  defect: 70,
  interrupted: 130,
  /** As a program that SIGPIPE ends: the reader of its output has gone. */
  outputClosed: 141,
} as const;

/** The closed list of what can go wrong in rollproof's own hands; each has its exit code. */
export const errorExits = {
  usage: exitCodes.usage,
  "scenario-invalid": exitCodes.usage,
  "plan-invalid": exitCodes.usage,
  "specification-invalid": exitCodes.usage,
  "specification-changed": exitCodes.usage,
  "file-missing": exitCodes.usage,
  "file-refused": exitCodes.usage,
  "history-unreadable": exitCodes.usage,
  "history-unwritable": exitCodes.environment,
  "tool-missing": exitCodes.environment,
  "environment-unavailable": exitCodes.environment,
  "kafka-unreachable": exitCodes.environment,
  "capability-missing": exitCodes.usage,
  "member-failed": exitCodes.pipeline,
  "deadline-passed": exitCodes.environment,
  "coordinator-fenced": exitCodes.environment,
  interrupted: exitCodes.interrupted,
  "output-closed": exitCodes.outputClosed,
  defect: exitCodes.defect,
} as const;
export type ErrorCode = keyof typeof errorExits;

/** What failed, why, and what the reader can do about it: all three, or it is not thrown. */
export class RollproofError extends Error {
  override readonly name = "RollproofError";
  readonly code: ErrorCode;
  readonly remedy: string;

  constructor(code: ErrorCode, message: string, options: { readonly remedy: string; readonly cause?: unknown }) {
    super(message, "cause" in options ? { cause: options.cause } : {});
    this.code = code;
    this.remedy = options.remedy;
  }
}
