/**
 * UP1, forward read: the new version cannot decode, or decodes to another value, state, changelog, repartition or header bytes
 * of the old.
 *
 * Verified: every output of the new version whose cause changes a key that a session of the old version left, or is a record that
 * the old version wrote as another stage's output, against the specification.
 * Not verified: state that no output shows (ST1); bytes of which a new version dies before it answers (LV3 and HZ1 tell of such
 * ends); the bytes of headers; checkpoint files apart from the state that a task goes on with; pipelines whose records name no writer.
 * Soundness in mixed situations: versions are those that the harness started as the writers named. Only answers with one foreign reading
 * and state that was right so far are counted. It convicts where every answer from the old version's bytes is wrong and every one from
 * the new version's own, and every one of the old version's from the same bytes, is right: at least three of each. What else goes wrong
 * after the change of versions is unknown here, and EO4 and ST1 convict. A task with an undecided transaction is not judged.
 */
import { readingFinding } from "./misreading.ts";
import type { Checker, JudgingContext } from "../checker.ts";

const id = "UP1";
const name = "forward read";

export const forwardRead: Checker<JudgingContext> = {
  id,
  name,
  begin: (context) => context,
  step: (context) => context,
  finish: (context) => {
    const { from, to } = context.plan.scenario;
    const read = { id, name, unit: "answers of the new version from bytes of the old", reader: to, writer: from };
    return readingFinding(context, read);
  },
};
