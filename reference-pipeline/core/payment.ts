/** A payment as stage `velocity` reads it; stage `settlement` reads the same fields of a `by-merchant` value. */
export interface Payment {
  readonly id: string;
  readonly account: string;
  readonly merchant: string;
  /** Cents. */
  readonly amount: number;
  /** Event time, ms. */
  readonly at: number;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The payment in a record's value, or null when the value is poison. Further fields are ignored. */
export function parsePayment(value: Uint8Array | null): Payment | null {
  if (value === null) return null;
  try {
    const parsed: unknown = JSON.parse(utf8.decode(value));
    return isPayment(parsed) ? parsed : null;
  } catch {
    return null;
  }
}

function isPayment(value: unknown): value is Payment {
  if (typeof value !== "object" || value === null) return false;
  const fields: Partial<Record<string, unknown>> = { ...value };
  return (
    typeof fields["id"] === "string" &&
    typeof fields["account"] === "string" &&
    typeof fields["merchant"] === "string" &&
    Number.isSafeInteger(fields["amount"]) &&
    Number.isSafeInteger(fields["at"])
  );
}
