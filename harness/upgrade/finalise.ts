import { missingFlag, missingHealth } from "./gates.ts";
import { met, type StepWorld } from "./step.ts";

/** Writes the flag's record {flag, state: "active", epoch} where the pipeline reads it. Writing it again does no harm. */
export type Activate = (flag: string, epoch: number, signal: AbortSignal) => Promise<void>;

/** One finalise in a plan, so one epoch. */
export const finaliseEpoch = 1;

/** Activates the flag once every member runs the new version, and waits until each shows it. */
export async function finalise(world: StepWorld, version: string, flag: string, activate: Activate): Promise<void> {
  const { view, members } = world;
  await met(world, `every member to run ${version} before finalise`, () => {
    for (const member of members.ids) {
      const missing = missingHealth(view, member, version);
      if (missing !== null) return missing;
    }
    return null;
  });
  await activate(flag, finaliseEpoch, world.signal);
  await met(world, `every member to show ${flag} active`, () => missingFlag(view, members.ids, version, flag));
}
