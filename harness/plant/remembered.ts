import type {
  ChangelogEntry,
  CheckpointContent,
  ExpectedEffect,
  SourceRecord,
  Specification,
  StageSpecification,
  TaskFold,
} from "../model/pipeline.ts";

/**
 * The specification with a memory: damage changes little, so nearly every answer of f was given in the trial before. Answers
 * are the same as without; only what the undamaged history asks is kept.
 */
export function remembered(specification: Specification): {
  readonly specification: Specification;
  readonly seal: () => void;
} {
  let sealed = false;
  const seals = (): boolean => sealed;
  const stages = Object.entries(specification.stages).map(([name, stage]) => [name, rememberedStage(stage, seals)]);
  return { specification: { ...specification, stages: Object.fromEntries(stages) }, seal: () => void (sealed = true) };
}

function rememberedStage(stage: StageSpecification, isSealed: () => boolean): StageSpecification {
  const folds = new Map<number, Node>();
  const remembered: StageSpecification = {
    ...stage,
    start(partition) {
      const root = folds.get(partition) ?? { next: new Map() };
      folds.set(partition, root);
      return foldFrom(root, () => stage.start(partition), isSealed);
    },
    output: keeping((value: Uint8Array) => stage.output(value), latin1, isSealed),
  };
  const changelog = (key: Uint8Array, value: Uint8Array | null): ChangelogEntry => {
    const entry = stage.changelog?.(key, value);
    if (entry === undefined) throw new Error("The stage has no changelog.");
    return entry;
  };
  const checkpoint = (bytes: Uint8Array): CheckpointContent => {
    const content = stage.checkpoint?.(bytes);
    if (content === undefined) throw new Error("The stage has no checkpoints.");
    return content;
  };
  const nameOf = (key: Uint8Array, value: Uint8Array | null): string =>
    `${latin1(key)} ${value === null ? "" : latin1(value)} ${value === null}`;
  return {
    ...remembered,
    ...("changelog" in stage ? { changelog: keeping(changelog, nameOf, isSealed) } : {}),
    ...("checkpoint" in stage ? { checkpoint: keeping(checkpoint, latin1, isSealed) } : {}),
  };
}

/** What f answered along one prefix of a source log. */
interface Node {
  readonly next: Map<string, { readonly effect: ExpectedEffect; readonly node: Node }>;
}

function foldFrom(root: Node, start: () => TaskFold, isSealed: () => boolean): TaskFold {
  let node: Node | null = root;
  let fold: TaskFold | null = null;
  const passed: SourceRecord[] = [];
  return {
    step(record) {
      const key = keyOf(record);
      const known = node?.next.get(key);
      if (known !== undefined) {
        passed.push(record);
        node = known.node;
        return known.effect;
      }
      if (fold === null) {
        fold = start();
        for (const one of passed) fold.step(one);
      }
      const effect = fold.step(record);
      if (node !== null && !isSealed()) {
        const fresh: Node = { next: new Map() };
        node.next.set(key, { effect, node: fresh });
        node = fresh;
        passed.push(record);
      } else node = null;
      return effect;
    },
  };
}

function keyOf({ offset, key, value, timestamp, headers }: SourceRecord): string {
  const told = headers.map(([name, content]) => [name, content === null ? null : latin1(content)]);
  return `${offset} ${key === null ? "-" : latin1(key)} ${value === null ? "-" : latin1(value)} ${timestamp} ${JSON.stringify(told)}`;
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

function keeping<A extends readonly unknown[], R>(
  work: (...given: A) => R,
  nameOf: (...given: A) => string,
  isSealed: () => boolean,
): (...given: A) => R {
  const kept = new Map<string, R>();
  return (...given) => {
    const name = nameOf(...given);
    const known = kept.get(name);
    if (known !== undefined) return known;
    const made = work(...given);
    if (!isSealed()) kept.set(name, made);
    return made;
  };
}
