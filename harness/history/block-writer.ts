import { beginDigest } from "../base/digest.ts";
import { openAppendFile } from "./append-file.ts";
import { sealBlock, type BlockMeaning } from "./block.ts";
import { fileId } from "./files.ts";

/** One file of a history in the making: blocks are appended, each whole or not at all. */
export interface BlockWriter {
  /** Throws what the disk says. */
  append(block: Omit<BlockMeaning, "history" | "file" | "after">, content: Uint8Array): void;
  /** All items below this seq that belong into the file are in it. */
  written(): number;
  /** SHA-256 over the headers, which hold the bodies' CRC-32. */
  digest(): string;
  sync(): void;
  close(): void;
}

export function openBlockWriter(options: {
  readonly path: string;
  readonly name: string;
  readonly history: number;
  /** `new`: it must not exist yet. */
  readonly existing: "new" | "any";
}): BlockWriter {
  const file = openAppendFile(options.path, options.existing);
  const id = { history: options.history, file: fileId(options.name) };
  const digest = beginDigest();
  let after = 0;
  return {
    append(block, content) {
      const { header, body } = sealBlock({ ...block, ...id, after }, content);
      file.append(Buffer.concat([header, body]));
      digest.add(header);
      after = block.lastSeq + 1;
    },
    written: () => after,
    digest: () => digest.hex(),
    sync: () => file.sync(),
    close: () => file.close(),
  };
}
