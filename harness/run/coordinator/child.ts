/** Started by incarnation.ts: the upgrade's coordinator, a process that ends when the harness does. */
import { clockFrom } from "../../base/clock.ts";
import { runUpgrade } from "../../upgrade/engine.ts";
import { foldView, type GateView } from "../../upgrade/gates/view.ts";
import { directoryStore } from "../../upgrade/journal-store.ts";
import { openUpgradeJournal, type UpgradeJournal } from "../../upgrade/journal.ts";
import type { UpgradeMembers } from "../../upgrade/world.ts";
import { beginAsking } from "./asking.ts";
import { failureOf } from "./failure.ts";
import type { Answer, Beginning, FromCoordinator, ToCoordinator } from "./protocol.ts";

/** Nobody but the harness ends it, and that with SIGKILL. */
const { signal } = new AbortController();
const send = (message: FromCoordinator): void => void process.send?.(message, () => undefined);
const { ask, tell, answered } = beginAsking(send);
let view: GateView | null = null;

process.on("disconnect", () => process.exit(1));
process.on("message", (message: ToCoordinator) => {
  switch (message.kind) {
    case "begin":
      ({ view } = message.beginning);
      void coordinate(message.beginning);
      return;
    case "events":
      for (const event of message.events) if (view !== null) foldView(view, event);
      return;
    case "ping":
      return send({ kind: "pong" });
    case "answer":
      return answered(message.call, message.answer);
    default:
      message satisfies never;
  }
});

async function coordinate(beginning: Beginning): Promise<void> {
  process.send?.(await outcomeOf(beginning), () => process.disconnect());
}

async function outcomeOf(beginning: Beginning): Promise<FromCoordinator> {
  const { plan, pipeline, clockZero, hostFactor } = beginning;
  const clock = clockFrom(clockZero);
  try {
    const outcome = await runUpgrade({
      plan,
      pipeline,
      journal: await openReported(beginning),
      record: tell,
      view: beginning.view,
      now: () => clock.now(),
      members: membersOf(beginning.members),
      faults: { settled: async (act) => void (await ask({ kind: "faults", act }, signal)) },
      activate: async (flag, epoch, until) => void (await ask({ kind: "activate", flag, epoch }, until)),
      signal,
      hostFactor,
    });
    return { kind: "over", outcome };
  } catch (cause) {
    return { kind: "failed", failure: failureOf(cause) };
  }
}

/** The journal in its folder. Each record is reported once it is on disk, and nothing done before the harness has answered. */
async function openReported({ journals, plan }: Beginning): Promise<UpgradeJournal> {
  const journal = await openUpgradeJournal(await directoryStore(journals), plan);
  const { epoch, entries } = journal;
  await ask({ kind: "opened", epoch, entries }, signal);
  return {
    ...journal,
    async append(entry) {
      await journal.append(entry);
      await ask({ kind: "journalled", epoch, entry }, signal);
    },
  };
}

function membersOf(ids: readonly string[]): UpgradeMembers {
  return {
    ids,
    async look(member) {
      const answer = await ask({ kind: "look", member }, signal);
      return answer.kind === "looked" ? answer.look : misunderstood(answer);
    },
    async stop(member, until) {
      const answer = await ask({ kind: "stop", member }, until);
      return answer.kind === "stopped" ? answer.end : misunderstood(answer);
    },
    start: async (member, version, until) => void (await ask({ kind: "start", member, version }, until)),
  };
}

function misunderstood(answer: Answer): never {
  throw new Error(`the harness answered ${answer.kind}, which was not asked for`);
}
