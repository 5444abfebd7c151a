/**
 * Chance outside the plan: run ids, cluster ids, ports. Nothing that a plan fixes may come from here.
 */

/** A fresh random UUID as Kafka writes them: 16 bytes, base64url, 22 characters. Never begins with `-`. */
export function freshKafkaUuid(): string {
  for (;;) {
    const text = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString("base64url");
    if (!text.startsWith("-")) return text;
  }
}

/** Uniform enough in [0, below); `below` up to 2^31. */
export function freshInteger(below: number): number {
  const [drawn = 0] = crypto.getRandomValues(new Uint32Array(1));
  return drawn % below;
}
