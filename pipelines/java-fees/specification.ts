/**
 * The oracle of java-fees: what the pipeline's page says, as naively as it can be said. The fee of a payment is 25 cents and
 * 2.9 % of the amount, rounded down; what is no payment has none. v1 writes payment and fee, v2 also what is left;
 * plain-v1 and plain-v2 write the same without transactions.
 */
interface SourceRecord {
  readonly value: Uint8Array | null;
}

const text = new TextDecoder("utf-8", { fatal: true });

export const specification = {
  stages: {
    fees: {
      start: () => ({ step: ({ value }: SourceRecord) => ({ outputs: outputsOf(value), changes: [] }) }),
      output: (value: Uint8Array) => canonical(JSON.parse(text.decode(value))),
    },
  },
};

function outputsOf(value: Uint8Array | null) {
  const payment = paymentIn(value);
  if (payment === null) return [];
  const { id, merchant, amount } = payment;
  const fee = 25 + Math.floor((amount * 29) / 1000);
  return [
    {
      ordinal: 0,
      topic: "fees",
      key: merchant,
      value(format: string) {
        if (format === "v1" || format === "plain-v1") return canonical({ payment: id, fee });
        if (format === "v2" || format === "plain-v2") return canonical({ payment: id, fee, net: amount - fee });
        throw new Error(`There is no format ${format}.`);
      },
    },
  ];
}

function paymentIn(value: Uint8Array | null) {
  try {
    const { id, merchant, amount }: Readonly<Record<string, unknown>> = Object(
      JSON.parse(text.decode(value ?? undefined)),
    );
    if (typeof id !== "string" || typeof merchant !== "string" || typeof amount !== "number") return null;
    return { id, merchant, amount };
  } catch {
    return null; // poison
  }
}

/** JSON with sorted keys, so that the order in which a version writes its fields does not matter. */
function canonical(value: unknown): string {
  return JSON.stringify(Object.fromEntries(Object.entries(Object(value)).toSorted(([a], [b]) => (a < b ? -1 : 1))));
}
