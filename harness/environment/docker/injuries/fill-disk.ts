import { RollproofError } from "../../../base/errors.ts";
import type { InjuryInForce } from "../../../model/environment.ts";
import type { Sufferer } from "./sufferer.ts";

/**
 * Takes every byte of the small disk that the data directory lies on; never of the machine's. Measured by the keeper, which has
 * nothing to do with who takes them, and which lives on when the process dies of it.
 */
export async function fillDisk({ process, smallDisk }: Sufferer, signal: AbortSignal): Promise<InjuryInForce> {
  if (smallDisk === null)
    throw new RollproofError(
      "capability-missing",
      `The disk of ${process.id} has no size of its own to be filled to.`,
      {
        remedy: "Start the environment with small disks for processes of its sort.",
      },
    );
  const ballast = await smallDisk.fill(signal);
  let isOver = false;
  return {
    async probe() {
      const { freeBytes, oneByte } = await smallDisk.look();
      const proof = { state: await process.state(), diskBytes: smallDisk.bytes, freeBytes, oneByte };
      const isFull = freeBytes === 0 && oneByte === "ENOSPC";
      return { active: isOver ? isFull || oneByte !== "written" : isFull, proof };
    },
    async [Symbol.asyncDispose]() {
      if (isOver) return;
      await ballast[Symbol.asyncDispose]();
      isOver = true;
    },
  };
}
