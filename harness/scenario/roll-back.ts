import { unknownName } from "../base/did-you-mean.ts";
import { begunAfter, pointOfNoReturn } from "../model/way-back.ts";
import { compile } from "../program/compile.ts";
import type { Upgrading } from "../program/upgrading.ts";

/** A planned rollback after no act of the upgrade, with nothing to undo, or with no way back. */
export function turnMisfits(upgrading: Upgrading): readonly string[] {
  const { rollBackAfter: after } = upgrading.upgrade;
  if (after === undefined) return [];
  const program = compile(upgrading);
  const begun = begunAfter(program, after);
  if (begun.length === 0) {
    const ids = program.map(({ id }) => id);
    return [unknownName("act of the upgrade", after, ids)];
  }
  const barrier = pointOfNoReturn(begun);
  if (barrier !== null)
    return [
      `there is no way back after ${barrier.id}: the old version may not be able to read what the new one writes from then on; roll back before it`,
    ];
  const first = program.find(({ kind }) => kind === "take-down");
  const isEmpty = begun.every(({ kind }) => kind !== "take-down");
  return isEmpty
    ? [`no member has been taken down by then, so there is nothing to undo: ${first?.id} is the first`]
    : [];
}
