import type { EventBody, EventKind, HistoryEvent } from "../../model/event.ts";
import type { Draw } from "../../model/pipeline.ts";
import type { Edits } from "../edits.ts";
import type { Kind, Recorded } from "../model.ts";
import { fieldOf, numberOf } from "../../model/testimony-body.ts";
import { drawn, one } from "../places.ts";

interface EventTarget {
  readonly history: Recorded;
  readonly draw: Draw;
  readonly edits: Edits;
  readonly index: number;
  readonly event: HistoryEvent;
}

type Described = Pick<Kind, "name" | "what" | "but" | "row"> & {
  readonly kind: EventKind;
  readonly must?: readonly string[];
  readonly needs?: string;
  plant(target: EventTarget): unknown;
};

function onEvent(of: Described): Kind {
  const { kind, ...described } = of;
  return {
    family: "damage",
    must: ["unknown"],
    ...described,
    needs: described.needs ?? `an event ${kind}`,
    plant: (history, draw, edits) =>
      drawn(draw, history.known.events(kind), (index) => {
        const item = history.items[index];
        if (item?.kind !== "event") return null;
        return of.plant({ history, draw, edits, index, event: item.event }) === false
          ? null
          : `event ${item.event.seq}`;
      }),
  };
}

/** One event of a kind is not there; with `all`, none of them is. */
function lost(kind: EventKind, extent: "one" | "all", rest: Partial<Described> = {}): Kind {
  return onEvent({
    kind,
    name: `${extent === "all" ? "every-" : ""}${kind}-lost`,
    what: extent === "all" ? `No ${kind} was recorded.` : `One ${kind} was not recorded.`,
    plant({ history, edits, index }) {
      for (const lost of extent === "all" ? history.known.events(kind) : [index]) edits.drop(lost);
    },
    ...rest,
  });
}

/** One event of a kind says something else. */
function altered<K extends EventKind>(
  kind: K,
  described: Pick<Described, "name" | "what" | "row" | "but" | "must" | "needs">,
  change: (event: HistoryEvent<K>, target: EventTarget) => HistoryEvent<K> | null,
): Kind {
  return onEvent({
    ...described,
    kind,
    plant(target) {
      if (!isOf(target.event, kind)) return false;
      const changed = change(target.event, target);
      if (changed === null) return false;
      target.edits.event(target.index, () => changed);
      return true;
    },
  });
}

/** An event is recorded after another one, drawn among those of the gauges: somewhere in the run. */
function added(
  described: Pick<Described, "name" | "what" | "row" | "but" | "must">,
  body: (target: EventTarget) => EventBody | null,
): Kind {
  return onEvent({
    ...described,
    kind: "gauge-lag",
    needs: "",
    plant(target) {
      const event = body(target);
      if (event === null) return false;
      target.edits.insertEvent(target.index, event);
      return true;
    },
  });
}

const isOf = <K extends EventKind>(event: HistoryEvent, kind: K): event is HistoryEvent<K> => event.kind === kind;
const isMember = (event: HistoryEvent): boolean => "process" in event && event.process.startsWith("member-");

/** Events that are not there. */
const losses: readonly Kind[] = [
  lost("run-started", "one", { row: 1 }),
  lost("run-ended", "one"),
  lost("drained", "one"),
  lost("faults-over", "one"),
  lost("sends-finished", "one", { row: 1 }),
  lost("tail-settled", "one"),
  lost("offset-fetched", "one", { row: 8 }),
  lost("offset-fetched", "all", { row: 8 }),
  lost("gauge-host", "all", { row: 8 }),
  lost("gauge-loop-delay", "all", { row: 8 }),
  lost("fault-probed-active", "one"),
  lost("fault-probed-healed", "one"),
  lost("coordinator-began", "one"),
  lost("upgrade-act-began", "one"),
  lost("upgrade-act-settled", "one"),
  lost("gate-read", "one", {
    plant: ({ event, edits, index }) => event.kind === "gate-read" && event.decision === "proceed" && edits.drop(index),
  }),
  lost("process-started", "one", { plant: ({ event, edits, index }) => isMember(event) && edits.drop(index) }),
  lost("process-ended", "one", { plant: ({ event, edits, index }) => isMember(event) && edits.drop(index) }),
  lost("disk-copied", "one", {
    row: 5,
    needs: "a pipeline with checkpoints",
    plant: ({ history, edits, index }) => history.description.checkpoint !== null && edits.drop(index),
  }),
  lost("send-ok", "one", { row: 1 }),
  onEvent({
    kind: "send-ok",
    name: "sends-lost",
    row: 1,
    what: "The second half of the sends was not recorded.",
    plant({ history, edits }) {
      const { known } = history;
      const invoked = known.events("send-invoked");
      const half = invoked.at(Math.floor(invoked.length / 2)) ?? 0;
      for (const index of [...invoked, ...known.events("send-ok")]) if (index >= half) edits.drop(index);
    },
  }),
];

/** Events that say something else than what was. */
const alterations: readonly Kind[] = [
  altered(
    "gate-read",
    { name: "gate-not-passed", what: "An act settled although a gate of it had last read that it should wait." },
    (event) => (event.decision === "proceed" ? { ...event, decision: "pause", missing: "planted" } : null),
  ),
  altered(
    "upgrade-act-began",
    { name: "act-on-another-member", what: "An act of the upgrade was on another member than the plan says." },
    (event) => (event.step === null ? null : { ...event, members: ["member-9"] }),
  ),
  altered(
    "run-started",
    { name: "run-started-of-another-run", row: 1, what: "run-started names another run." },
    (event) => ({
      ...event,
      runId: "20260101-000000-00000000",
    }),
  ),
  altered(
    "run-started",
    { name: "run-started-of-another-plan", row: 1, what: "run-started names another plan." },
    (event) => ({
      ...event,
      planSha256: event.planSha256.replaceAll(/^./g, (first) => (first === "0" ? "1" : "0")),
    }),
  ),
  altered(
    "run-started",
    { name: "host-factor-of-another-run", row: 2, what: "run-started has another host factor than run.json." },
    (event) => ({
      ...event,
      hostFactor: event.hostFactor + 0.5,
    }),
  ),
  ...[1, -1].map((by) =>
    altered(
      "offset-fetched",
      {
        name: `offset-fetched-${by === 1 ? "ahead" : "behind"}`,
        must: ["TX2", "unknown"],
        what: `The broker answers an offset one ${by === 1 ? "above" : "below"} the one in force in its log.`,
      },
      (event) => (event.nextOffset === null ? null : { ...event, nextOffset: event.nextOffset + by }),
    ),
  ),
  altered(
    "fault-probed-active",
    { name: "fault-not-active", what: "A fault is found not to be active." },
    (event, { history, edits }) => {
      for (const index of history.known.events("fault-probed-active")) {
        const item = history.items[index];
        if (item?.kind === "event" && isOf(item.event, "fault-probed-active") && item.event.fault === event.fault)
          edits.event(index, (own) => ("active" in own ? { ...own, active: false } : own));
      }
      return { ...event, active: false };
    },
  ),
  altered(
    "testimony",
    {
      name: "testimony-false",
      row: 10,
      what: "A member says that it committed an offset that it did not.",
      needs: "a pipeline that gives testimony",
    },
    (event) => {
      const next = fieldOf(event.body, "next");
      if (event.said !== "committed" || typeof next !== "number") return null;
      return { ...event, body: { ...Object(event.body), next: next + 100_000 } };
    },
  ),
  altered(
    "testimony",
    {
      name: "restored-from-scratch",
      what: "A member says that it restored a whole changelog, although its disk had a checkpoint near the end.",
      needs: "a warm restart near a checkpoint, told by the member",
    },
    (event, { history }) => {
      const [from, to] = [numberOf(event.body, "changelogFrom"), numberOf(event.body, "changelogTo")];
      const isFirst = !history.known.events("testimony").some((index) => {
        const item = history.items[index];
        return (
          item?.kind === "event" &&
          isOf(item.event, "testimony") &&
          item.event.said === "opened" &&
          item.event.member === event.member &&
          item.event.incarnation === event.incarnation &&
          item.event.task === event.task &&
          item.event.seq < event.seq
        );
      });
      const isNear = to > 2 * (to - from) + 100 && typeof fieldOf(event.body, "checkpoint") === "number";
      if (event.said !== "opened" || event.incarnation < 2 || !isFirst || !isNear) return null;
      return { ...event, body: { ...Object(event.body), changelogFrom: 0 } };
    },
  ),
  altered(
    "gauge-loop-delay",
    { name: "harness-stood-still", row: 9, what: "The harness's event loop stood still for five seconds in mid-run." },
    (event, { history, index }) =>
      isMidRun(history, index) && event.process === "harness" ? { ...event, maxMs: 5_000 } : null,
  ),
  altered(
    "process-ended",
    {
      name: "orderly-stop-failed",
      what: "A member that was stopped in order ended with an exit code of its own.",
      must: ["LV3", "unknown"],
    },
    (event) => (isMember(event) && event.cause === "asked" ? { ...event, code: 3, signal: null } : null),
  ),
  onEvent({
    kind: "process-started",
    name: "versions-of-one-binary",
    what: "Both versions were started from the same sources.",
    plant({ history, edits }) {
      const [same = ""] = Object.values(history.run.versions.pipeline);
      const pipeline = Object.fromEntries(Object.keys(history.run.versions.pipeline).map((name) => [name, same]));
      edits.run((run) => ({ ...run, versions: { ...run.versions, pipeline } }));
      for (const index of history.known.events("run-started"))
        edits.event(index, (event) => (isOf(event, "run-started") ? { ...event, pipeline } : event));
      for (const index of history.known.events("process-started"))
        edits.event(index, (event) =>
          isOf(event, "process-started") && event.sha256 !== null ? { ...event, sha256: same } : event,
        );
    },
  }),
];

/** Events that there were none of. */
const additions: readonly Kind[] = [
  added({ name: "clock-stepped", what: "The wall clock stepped." }, () => ({ kind: "clock-stepped", deltaMs: 1_500 })),
  added({ name: "harness-failed", what: "The harness recorded a defect of its own." }, () => ({
    kind: "defect",
    what: "planted",
    stack: null,
  })),
  added({ name: "run-interrupted", what: "The run was interrupted." }, () => ({ kind: "interrupted", why: "planted" })),
  added({ name: "drain-failed", what: "The drain failed." }, () => ({ kind: "drain-failed", why: "planted" })),
  added({ name: "upgrade-stopped", what: "The upgrade stopped." }, () => ({ kind: "upgrade-stopped", why: "planted" })),
  added(
    { name: "turned-back-by-nobody", what: "The upgrade is told to have turned back, and the plan does not let it." },
    ({ history, draw }) => {
      const act = one(draw, history.plan.program);
      return act === null ? null : { kind: "roll-back-began", act: act.id, why: "planted" };
    },
  ),
  added({ name: "disk-copy-failed", what: "A member's disk was not copied." }, () => ({
    kind: "disk-copy-failed",
    member: "member-1",
    incarnation: 1,
    why: "planted",
  })),
  added({ name: "fault-unfired", what: "A planned fault did not fire." }, ({ history, draw }) => {
    const fault = one(draw, history.plan.faults);
    return fault === null ? null : { kind: "fault-unfired", fault: fault.id, why: "planted" };
  }),
  added(
    { name: "tail-gap-in-a-log", row: 22, what: "The tail says that it missed records of a log." },
    ({ history, draw }) => {
      const log = one(draw, [...history.known.logs.values()]);
      const from = log === null ? 0 : draw.integer(0, history.known.end(log) - 1);
      return log === null ? null : { kind: "tail-gap", ...log, from, to: from + 1 };
    },
  ),
  ...["broker", "member"].map((sort) =>
    added(
      {
        name: `${sort}-killed-by-nobody`,
        row: 10,
        what: `A ${sort} ended, and nothing in the plan asked for it.`,
        must: sort === "broker" ? ["unknown"] : ["unknown", "LV3"],
      },
      ({ history, draw, index }) => ended(history, draw, index, `${sort}-`),
    ),
  ),
];

/** Ends by themselves; a fault may explain one that comes after it. */
const failures: readonly Kind[] = [
  onEvent({
    kind: "gauge-lag",
    name: "member-gave-up",
    what: "A member ended with an exit code of its own before any fault, and was started again.",
    must: ["LV3"],
    needs: "a time without a fault",
    plant({ history, draw, edits, index }) {
      const [zero = Infinity] = history.known.events("time-zero");
      const [firstFault = Infinity] = history.known.events("fault-journalled");
      const event = index > zero && index < firstFault ? ended(history, draw, index, "member-") : null;
      if (event === null) return false;
      edits.insertEvent(index, { ...event, code: 1, signal: null });
      return true;
    },
  }),
];

export const eventKinds: readonly Kind[] = [...losses, ...alterations, ...additions, ...failures];

function isMidRun({ known }: Recorded, index: number): boolean {
  const [zero] = known.events("time-zero");
  const [drained] = known.events("drained");
  return zero !== undefined && drained !== undefined && index > zero && index < drained;
}

/** The end of a process that runs at that place. */
function ended({ items }: Recorded, draw: Draw, index: number, prefix: string): EventBody<"process-ended"> | null {
  const running = new Map<string, number>();
  for (const item of items.slice(0, index)) {
    if (item.kind !== "event") continue;
    if (item.event.kind === "process-started") running.set(item.event.process, item.event.incarnation);
    if (item.event.kind === "process-ended") running.delete(item.event.process);
  }
  const process = one(
    draw,
    [...running].filter(([name]) => name.startsWith(prefix)),
  );
  if (process === null) return null;
  const [name, incarnation] = process;
  return { kind: "process-ended", process: name, incarnation, code: null, signal: "SIGKILL", cause: "unexpected" };
}
