import { replay } from "../core/changelog.ts";
import { decodeCheckpoint } from "../core/checkpoint.ts";
import { decodeState } from "../core/entries.ts";
import { parsePayment } from "../core/payment.ts";
import type { Version } from "../core/version.ts";
import { meaningOf, type Answer, type Sample } from "./sample.ts";

/** What this version reads in another's sample. */
export function answerTo(version: Version, sample: Sample): Answer {
  try {
    const says = readingOf(version, sample, Buffer.from(sample.bytes, "base64"));
    return says === null ? { refuses: "the bytes are not sound" } : { says };
  } catch (error) {
    return { refuses: error instanceof Error ? error.message : String(error) };
  }
}

function readingOf(version: Version, { kind, stage, key }: Sample, bytes: Uint8Array): string | null {
  switch (kind) {
    case "state":
      return meaningOf(version.decode(stage, key, bytes));
    case "changelog": {
      const length = bytes[0] ?? 0;
      const record = {
        offset: 0,
        key: bytes.subarray(1, 1 + length),
        value: bytes.subarray(1 + length),
        aborted: false,
      };
      const { position } = replay({ entries: new Map(), position: null, applied: 0 }, [record], () => true);
      return position === null ? null : meaningOf({ next: position.next, commit: position.commit });
    }
    case "repartition": {
      const payment = parsePayment(bytes);
      if (payment === null) return null;
      const { id, account, merchant, amount, at } = payment;
      return meaningOf({ id, account, merchant, amount, at });
    }
    case "checkpoint": {
      const read = decodeCheckpoint(bytes);
      if (read === null) return null;
      const { inputNext, changelogNext, commit, entries } = read;
      const state = Object.fromEntries(decodeState(version, stage, entries));
      return meaningOf({ inputNext, changelogNext, commit, state });
    }
    default:
      return kind satisfies never;
  }
}
