/** What kafkajs's errors mean for a transaction. */

const fencedTypes: ReadonlySet<string> = new Set(["INVALID_PRODUCER_EPOCH", "PRODUCER_FENCED"]);
/** kafkajs 2.2.4 does not know error code 90 (PRODUCER_FENCED) by name. */
const producerFencedText = "Unknown error code 90";
/** The group has gone on without this member. */
const evictedTypes: ReadonlySet<string> = new Set([
  "ILLEGAL_GENERATION",
  "UNKNOWN_MEMBER_ID",
  "FENCED_INSTANCE_ID",
  "REBALANCE_IN_PROGRESS",
]);

export interface Refusal {
  readonly answer: "fenced" | "unknown";
  /** The protocol's name of the error, or the error's own words. */
  readonly error: string;
}

/** A newer epoch of the transactional id refused us, or nobody can say what happened. Looks through the whole chain of causes. */
export function refusalOf(error: unknown): Refusal {
  for (const cause of causes(error)) {
    const type = typeOf(cause);
    if (type !== null && fencedTypes.has(type)) return { answer: "fenced", error: type };
    if (cause instanceof Error && cause.message.includes(producerFencedText))
      return { answer: "fenced", error: "PRODUCER_FENCED" };
  }
  return { answer: "unknown", error: wordsOf(error) };
}

/** Of a commit by the consumer: the group refused an older generation, or nobody can say. */
export function commitRefusalOf(error: unknown): Refusal {
  const type = evictionOf(error);
  return type === null ? { answer: "unknown", error: wordsOf(error) } : { answer: "fenced", error: type };
}

/** The protocol error by which the group says that this member's assignment is over, or null. */
export function evictionOf(error: unknown): string | null {
  for (const cause of causes(error)) {
    const type = typeOf(cause);
    if (type !== null && evictedTypes.has(type)) return type;
  }
  return null;
}

/** One line: the innermost protocol name, else the message. */
export function wordsOf(error: unknown): string {
  let words = "unknown error";
  for (const cause of causes(error)) {
    const type = typeOf(cause);
    if (type !== null) return type;
    if (cause instanceof Error) words = `${cause.name}: ${cause.message}`;
    else if (typeof cause === "string") words = cause;
  }
  return words.slice(0, 300);
}

const depthMax = 10;

function* causes(error: unknown): Generator {
  let current = error;
  for (let depth = 0; depth < depthMax && current !== undefined && current !== null; depth += 1) {
    yield current;
    current = typeof current === "object" && "cause" in current ? current.cause : null;
  }
}

function typeOf(error: unknown): string | null {
  return typeof error === "object" && error !== null && "type" in error && typeof error.type === "string"
    ? error.type
    : null;
}
