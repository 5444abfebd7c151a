import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  existsSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join, relative } from "node:path";
import type { Draw } from "../../model/pipeline.ts";
import { histories, type RawKind, type Recorded } from "../model.ts";
import { drawn } from "../places.ts";
import { recordedFolder } from "../recorded.ts";

interface Target {
  readonly history: Recorded;
  readonly draw: Draw;
  /** The copy that is to be damaged. */
  readonly directory: string;
  /** A file in it, and its path from there. */
  readonly file: string;
  readonly path: string;
}

type Described = Pick<RawKind, "name" | "what"> & { readonly needs?: string; spoil(target: Target): unknown };

/** Damage to a file that `check` reads; false, with nothing changed, where this one does not lend itself to it. */
function onFile({ needs = "", ...described }: Described): RawKind {
  return {
    family: "raw",
    must: ["unknown"],
    ...described,
    needs,
    spoil: (history, draw, directory) =>
      drawn(draw, filesIn(directory), (file) => {
        const path = relative(directory, file);
        return described.spoil({ history, draw, directory, file, path }) === false ? null : path;
      }),
  };
}

const noDisks = { invisible: "the pipeline has no checkpoints, so nothing on its members' disks is judged" } as const;

/** Damage to the files themselves, as a disk or a person does it. */
export const rawKinds: readonly RawKind[] = [
  onFile({
    name: "byte-flipped",
    what: "A bit of a file is another.",
    spoil({ draw, file }) {
      const bytes = readFileSync(file);
      if (bytes.length === 0) return false;
      const at = draw.integer(0, bytes.length - 1);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << draw.integer(0, 7));
      writeFileSync(file, bytes);
      return true;
    },
  }),
  onFile({
    name: "file-cut",
    what: "A file is cut off.",
    spoil({ draw, file }) {
      const { length } = readFileSync(file);
      if (length < 2) return false;
      truncateSync(file, draw.integer(0, length - 2));
      return true;
    },
  }),
  onFile({
    name: "file-overwritten-with-zeros",
    what: "A stretch of a file is zeros.",
    spoil({ draw, file }) {
      const bytes = readFileSync(file);
      const at = draw.integer(0, Math.max(bytes.length - 1, 0));
      if (bytes.subarray(at, at + 512).every((byte) => byte === 0)) return false;
      writeFileSync(file, bytes.fill(0, at, Math.min(at + 512, bytes.length)));
      return true;
    },
  }),
  onFile({
    name: "bytes-appended",
    what: "Bytes follow the end of a file.",
    spoil: ({ draw, file }) =>
      appendFileSync(
        file,
        Uint8Array.from({ length: draw.integer(1, 64) }, () => draw.integer(1, 255)),
      ),
  }),
  onFile({ name: "file-gone", what: "A file is gone.", spoil: ({ file }) => rmSync(file) }),
  onFile({
    name: "fifo-in-place-of-a-file",
    what: "A FIFO lies where a file was.",
    spoil({ file }) {
      rmSync(file);
      execFileSync("mkfifo", [file]);
    },
  }),
  onFile({
    name: "link-in-place-of-a-file",
    what: "A symbolic link lies where a file was.",
    spoil({ file, draw }) {
      rmSync(file);
      symlinkSync(["/", "/dev/zero", "/etc/hostname"][draw.integer(0, 2)] ?? "/", file);
    },
  }),
  onFile({
    name: "folder-in-place-of-a-file",
    what: "A folder lies where a file was.",
    spoil({ file }) {
      rmSync(file);
      mkdirSync(file);
    },
  }),
  onFile({
    name: "file-of-another-run",
    what: "A file is another run's.",
    needs: "a file of the same name in another recorded run",
    spoil: ({ history, draw, file, path }) => replaced({ history, draw }, file, path),
  }),
  {
    family: "raw",
    name: "every-log-cut",
    what: "Every file of the history is cut off at a place of its own, as by a disk that was full.",
    must: ["unknown"],
    needs: "",
    spoil(_, draw, directory) {
      const files = filesIn(join(directory, "history"));
      for (const file of files) truncateSync(file, draw.integer(0, readFileSync(file).length));
      return `${files.length} files`;
    },
  },
  ...(
    [
      [
        "plan-and-run-of-another-run",
        "plan.json, run.json and scenario.yaml are another run's.",
        ["plan.json", "run.json", "scenario.yaml"],
      ],
      ["history-of-another-run", "The history is another run's.", ["history"]],
      ["members-of-another-run", "The members' disks are another run's.", ["members"]],
    ] satisfies readonly (readonly [string, string, readonly string[]])[]
  ).map(([name, what, paths]): RawKind => ({
    family: "raw",
    name,
    what,
    must: ["unknown"],
    ...(paths.includes("members")
      ? { but: { silent: noDisks, "newer-transactions": noDisks, "at-least-once": noDisks } }
      : {}),
    needs: "another recorded run that has them",
    spoil(history, draw, directory) {
      const other = otherRun(history, draw);
      if (!paths.every((path) => existsSync(join(other, path)) && existsSync(join(directory, path)))) return null;
      for (const path of paths) {
        rmSync(join(directory, path), { recursive: true });
        cpSync(join(other, path), join(directory, path), { recursive: true });
      }
      return paths.join(", ");
    },
  })),
];

function otherRun({ name }: Recorded, draw: Draw): string {
  const others = histories.filter((other) => other !== name);
  return join(recordedFolder, others[draw.integer(0, others.length - 1)] ?? name);
}

function replaced({ history, draw }: Pick<Target, "history" | "draw">, file: string, path: string): boolean {
  const other = join(otherRun(history, draw), path);
  if (!existsSync(other) || readFileSync(other).equals(readFileSync(file))) return false;
  cpSync(other, file);
  return true;
}

/** The regular files that `check` reads; scenario.yaml is for people, and its comments may change. */
function filesIn(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== "scenario.yaml")
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}
