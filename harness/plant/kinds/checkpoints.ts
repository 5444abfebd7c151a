import type { CheckpointFile } from "../../model/evidence.ts";
import type { Draw } from "../../model/pipeline.ts";
import type { Edits } from "../edits.ts";
import type { Kind, Recorded } from "../model.ts";
import { drawn, one, placesIn, type Written } from "../places.ts";
import { readCheckpoint, writeCheckpoint, type Checkpoint } from "../wire/checkpoint.ts";
import { same } from "./target.ts";

interface FileTarget {
  readonly history: Recorded;
  readonly draw: Draw;
  readonly edits: Edits;
  readonly file: CheckpointFile;
  readonly content: Checkpoint;
}

type Described = Pick<Kind, "name" | "what" | "must" | "but" | "row"> & {
  /** The damaged file; undefined: this file does not lend itself to it. */
  damage(target: FileTarget): Uint8Array | undefined;
};

function onCheckpoint(described: Described): Kind {
  return {
    family: "damage",
    ...described,
    needs: "a pipeline with checkpoints",
    plant: (history, draw, edits) =>
      drawn(draw, [...history.files.values()].flat(), (file) => {
        const content = readCheckpoint(file.bytes);
        const bytes = content === null ? undefined : described.damage({ history, draw, edits, file, content });
        if (bytes === undefined) return null;
        edits.leave(file, bytes);
        return file.path;
      }),
  };
}

const stateOf = (described: Omit<Described, "must">): Kind => onCheckpoint({ must: ["CK2"], ...described });
const header = (content: Checkpoint, change: Partial<Checkpoint["header"]>): Uint8Array =>
  writeCheckpoint({ ...content, header: { ...content.header, ...change } });

/** Checkpoint files as the pipeline left them: what is said of them agrees with them. */
export const checkpointKinds: readonly Kind[] = [
  stateOf({
    name: "checkpoint-state-changed",
    what: "A checkpoint holds one key's state under another key, too.",
    damage({ content, draw }) {
      const { entries } = content;
      const [at, from] = [draw.integer(0, entries.length - 1), draw.integer(0, entries.length - 1)];
      const [own, other] = [entries[at], entries[from]];
      if (own === undefined || other === undefined || own[0][0] !== other[0][0] || same(own[1], other[1]))
        return undefined;
      return writeCheckpoint({ ...content, entries: entries.with(at, [own[0], other[1]]) });
    },
  }),
  stateOf({
    name: "checkpoint-entry-lost",
    what: "A checkpoint lacks a key.",
    damage({ content, draw }) {
      const { entries } = content;
      if (entries.length === 0) return undefined;
      return writeCheckpoint({ ...content, entries: entries.toSpliced(draw.integer(0, entries.length - 1), 1) });
    },
  }),
  stateOf({
    name: "checkpoint-entry-extra",
    what: "A checkpoint holds a key that nobody wrote.",
    damage({ content }) {
      const [last] = content.entries.slice(-1);
      if (last === undefined) return undefined;
      const key = Uint8Array.of(...last[0], 0x39);
      return writeCheckpoint({ ...content, entries: [...content.entries, [key, last[1]]] });
    },
  }),
  stateOf({
    name: "checkpoint-label-behind",
    what: "A checkpoint says that it covers less of the changelog than its state does.",
    damage: (target) => relabelled(target, -1),
  }),
  stateOf({
    name: "checkpoint-label-ahead",
    what: "A checkpoint says that it covers more of the changelog than its state does.",
    damage: (target) => relabelled(target, 1),
  }),
  onCheckpoint({
    name: "checkpoint-input-ahead",
    what: "A checkpoint claims input that was never committed.",
    must: ["CK1"],
    damage: ({ content }) => header(content, { inputNext: content.header.inputNext + 5_000 }),
  }),
  onCheckpoint({
    name: "checkpoint-input-behind",
    row: 6,
    what: "A checkpoint's input offset lies behind its own label.",
    must: ["CK1", "ST1", "CK2"],
    damage({ content, draw }) {
      const { inputNext } = content.header;
      return inputNext < 2 ? undefined : header(content, { inputNext: draw.integer(0, inputNext - 1) });
    },
  }),
  ...(
    [
      ["checkpoint-emptied", "The pipeline left an empty checkpoint file.", () => new Uint8Array()],
      [
        "checkpoint-cut",
        "The pipeline left a checkpoint file cut off.",
        (bytes, draw) => bytes.subarray(0, draw.integer(1, bytes.length - 1)),
      ],
      [
        "checkpoint-byte-flipped",
        "The pipeline left a checkpoint file with a wrong byte.",
        (bytes, draw) => flipped(bytes, draw),
      ],
    ] satisfies readonly (readonly [string, string, (bytes: Uint8Array, draw: Draw) => Uint8Array])[]
  ).map(([name, what, damage]) =>
    onCheckpoint({
      name,
      what,
      row: 5,
      must: ["unknown", "CK1", "CK2"],
      damage: ({ file, draw }) => damage(file.bytes, draw),
    }),
  ),
  {
    name: "checkpoint-copy-spoilt",
    family: "damage",
    row: 5,
    what: "The copy of a checkpoint is not any more what was copied, or gone.",
    must: ["unknown"],
    needs: "a pipeline with checkpoints",
    plant(history, draw, edits) {
      const file = one(draw, [...history.files.values()].flat());
      if (file !== null) edits.spoil(file);
      return file?.path ?? null;
    },
  },
  {
    name: "checkpoints-all-emptied",
    family: "damage",
    row: 5,
    what: "The pipeline left every checkpoint file empty.",
    must: ["unknown", "CK2"],
    needs: "a pipeline with checkpoints",
    plant(history, _, edits) {
      const files = [...history.files.values()].flat();
      for (const file of files) edits.leave(file, new Uint8Array());
      return files.length === 0 ? null : `${files.length} files`;
    },
  },
];

function flipped(bytes: Uint8Array, draw: Draw): Uint8Array {
  const at = draw.integer(0, bytes.length - 1);
  return bytes.with(at, (bytes[at] ?? 0) ^ (1 << draw.integer(0, 7)));
}

/** Labelled as covering a state record more, or less, than it does: one that makes a difference to its key. */
function relabelled({ history, file, content, draw }: FileTarget, way: 1 | -1): Uint8Array | undefined {
  const changelog = history.known.stage(file.stage)?.changelog;
  const { changelogNext } = content.header;
  const changes = placesIn(history).changes.filter(
    ({ log, key }) => log.topic === changelog && log.partition === file.partition && key?.length !== 2,
  );
  const between = changes
    .filter(({ offset }) => (way === 1 ? offset >= changelogNext : offset < changelogNext))
    .toSorted((a, b) => way * (a.offset - b.offset));
  const chosen = between[draw.integer(0, Math.min(between.length - 1, 30))];
  if (chosen === undefined) return undefined;
  const below = (next: number): Uint8Array | null =>
    changes
      .filter(({ key, offset }) => offset < next && same(key, chosen.key))
      .reduce<Written | null>((a, b) => (a !== null && a.offset > b.offset ? a : b), null)?.value ?? null;
  const label = way === 1 ? chosen.offset + 1 : chosen.offset;
  return same(below(changelogNext), below(label)) ? undefined : header(content, { changelogNext: label });
}
