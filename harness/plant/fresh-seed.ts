import { freshInteger } from "../base/chance.ts";

/** A seed for a run of trials that nobody gave one to. */
export function freshSeed(): string {
  return String(freshInteger(1_000_000_000));
}
