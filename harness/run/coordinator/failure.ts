import { RollproofError, type ErrorCode } from "../../base/errors.ts";

/** An error on its way to another process. `code` is null where it is none of rollproof's own. */
export interface Failure {
  readonly code: ErrorCode | null;
  readonly message: string;
  readonly remedy: string;
  readonly stack: string | null;
}

export function failureOf(cause: unknown): Failure {
  if (cause instanceof RollproofError) {
    const { code, message, remedy, stack } = cause;
    return { code, message, remedy, stack: stack ?? null };
  }
  const stack = cause instanceof Error ? (cause.stack ?? null) : null;
  return { code: null, message: cause instanceof Error ? cause.message : String(cause), remedy: "", stack };
}

/** The error again, with the stack of where it was thrown. */
export function errorOf({ code, message, remedy, stack }: Failure): Error {
  const error = code === null ? new Error(message) : new RollproofError(code, message, { remedy });
  if (stack !== null) error.stack = stack;
  return error;
}
