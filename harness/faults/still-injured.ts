/** A fault that could be applied in part only, and not be taken back. */
export class StillInjured extends Error {
  override readonly name = "StillInjured";
}
