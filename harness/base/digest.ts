import { createHash } from "node:crypto";

/** SHA-256 as hex. The only place that touches node:crypto. */
export function sha256(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
}

/** SHA-256 over parts that arrive one by one. */
export function beginDigest(): { add(part: string | Uint8Array): void; hex(): string } {
  const hash = createHash("sha256");
  return { add: (part) => void hash.update(part), hex: () => hash.copy().digest("hex") };
}
