/**
 * The oracle of java-branches. The fee of a payment is 25 cents and 2.9 % of the amount, rounded down; v2 also writes what is
 * left. `ids` writes the payment's id alone, and `ledger` which payment came by which branch. What is no payment has no output.
 */
interface SourceRecord {
  readonly topic: string;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
}

const text = new TextDecoder("utf-8", { fatal: true });

export const specification = {
  stages: {
    fees: stage((record) => {
      const payment = paymentIn(record.value);
      if (payment === null) return [];
      const { id, merchant, amount } = payment;
      const fee = 25 + Math.floor((amount * 29) / 1000);
      return [output("fees", merchant, { v1: { payment: id, fee }, v2: { payment: id, fee, net: amount - fee } })];
    }),
    ids: stage((record) => {
      const payment = paymentIn(record.value);
      return payment === null ? [] : [output("ids", payment.merchant, either({ payment: payment.id }))];
    }),
    ledger: stage(({ topic, key, value }) => {
      const { payment } = fieldsOf(value);
      return typeof payment === "string" ? [output("ledger", key, either({ from: topic, payment }))] : [];
    }),
  },
};

interface Output {
  readonly ordinal: number;
  readonly topic: string;
  readonly key: string | Uint8Array | null;
  readonly value: (format: string) => string;
}

function stage(outputsOf: (record: SourceRecord) => readonly Output[]) {
  return {
    start: () => ({ step: (record: SourceRecord) => ({ outputs: outputsOf(record), changes: [] }) }),
    output: (value: Uint8Array) => canonical(fieldsOf(value)),
  };
}

function output(topic: string, key: Output["key"], formats: Readonly<Record<string, object>>): Output {
  return {
    ordinal: 0,
    topic,
    key,
    value(format) {
      const fields = formats[format];
      if (fields === undefined) throw new Error(`There is no format ${format}.`);
      return canonical(fields);
    },
  };
}

/** Both versions write the same. */
function either(fields: object) {
  return { v1: fields, v2: fields };
}

function paymentIn(value: Uint8Array | null) {
  try {
    const { id, merchant, amount } = fieldsOf(value);
    if (typeof id !== "string" || typeof merchant !== "string" || typeof amount !== "number") return null;
    return { id, merchant, amount };
  } catch {
    return null; // poison
  }
}

function fieldsOf(value: Uint8Array | null): Readonly<Record<string, unknown>> {
  return Object(JSON.parse(text.decode(value ?? undefined)));
}

/** JSON with sorted keys, so that the order in which a version writes its fields does not matter. */
function canonical(value: object): string {
  return JSON.stringify(Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))));
}
