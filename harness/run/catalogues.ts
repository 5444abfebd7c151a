import { checkers } from "../checkers/all.ts";
import { faults } from "../faults/catalogue.ts";
import { pipelines } from "../pipeline/catalogue.ts";
import type { Catalogues } from "../scenario/catalogues.ts";

/** Everything that a scenario may name. */
export const catalogues: Catalogues = {
  faults,
  pipelines,
  invariants: checkers.map(({ id }) => id),
};
