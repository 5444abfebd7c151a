/**
 * Whole histories of the toy pipeline, as brokers would have logged them, through the audit and all checkers: for claims about
 * what evidence with a hole may say. Every task has a transactional id of its own and writes to both partitions of the sink.
 */
import * as fc from "fast-check";
import { beginAudit } from "../audit/audit.ts";
import {
  beginHandWritten,
  status,
  type HandWritten,
  type Place,
  type Producer,
} from "../audit/hand-written.fixture.ts";
import { checkers } from "../checkers/all.ts";
import { learnHoles, spared, beginHoles } from "../checkers/gap-rule.ts";
import {
  count,
  expectedOf,
  outputText,
  stateText,
  toyContext,
  toyDescription,
  toySpecification,
} from "../checkers/toy-pipeline.fixture.ts";
import type { EvidenceBatch } from "../model/evidence.ts";
import { beginFacts, stepFacts } from "../facts/facts.ts";
import type { CheckerContext, Finding } from "../model/finding.ts";
import type { HistoryItem, HistoryProblem } from "../model/history.ts";
import type { PipelineDescription, Specification } from "../model/pipeline.ts";

/** One transaction of a task. */
export interface PlannedTransaction {
  /** Inputs that it takes. */
  readonly take: number;
  readonly aborts: boolean;
  /** How often each marker is written. */
  readonly markers: number;
  /** Another member opens the task first, and its producer is initialised anew. */
  readonly opens: boolean;
  /** It lists a partition of the sink to which it writes nothing. */
  readonly lists: boolean;
}

export interface PlannedHistory {
  /** transaction.version 2: the broker raises the epoch with every end. */
  readonly raises: boolean;
  readonly tasks: readonly (readonly PlannedTransaction[])[];
  /** Whose turn it is. */
  readonly choices: readonly number[];
}

const transaction: fc.Arbitrary<PlannedTransaction> = fc.record({
  take: fc.integer({ min: 0, max: 3 }),
  aborts: fc.nat(3).map((n) => n === 0),
  markers: fc.constantFrom(1, 1, 1, 2),
  opens: fc.nat(4).map((n) => n === 0),
  lists: fc.nat(4).map((n) => n === 0),
});
const tasks = fc.array(fc.array(transaction, { minLength: 1, maxLength: 7 }), { minLength: 1, maxLength: 2 });

export const plannedHistory: fc.Arbitrary<PlannedHistory> = fc.record({
  raises: fc.boolean(),
  tasks,
  choices: fc.array(fc.nat(50), { maxLength: 60 }),
});

const inputsOf = (all: readonly PlannedTransaction[]): number =>
  all.reduce((sum, { take, aborts }) => sum + (aborts ? 0 : take), 0);

interface Task {
  readonly p: number;
  readonly id: string;
  readonly raises: boolean;
  by: Producer;
  incarnation: number;
  counts: Map<string, number>;
  next: number;
  commit: number;
}

/** The acts of one task, in its order; between tasks any order is a legal history. */
function actsOf(written: HandWritten, p: number, all: readonly PlannedTransaction[], raises: boolean): (() => void)[] {
  const id = `toy-count-${p}`;
  const by = { pid: 10 + p, epoch: 0 };
  const task: Task = { p, id, raises, by, incarnation: 1, counts: new Map(), next: 0, commit: 0 };
  const acts: (() => void)[] = [() => written.state(id, { ...by, raises }, status.empty)];
  for (const one of all) {
    if (one.opens) acts.push(() => open(written, task));
    acts.push(...transactionActs(written, task, one));
  }
  return acts;
}

function open(written: HandWritten, task: Task): void {
  task.by = { ...task.by, epoch: task.by.epoch + 1 };
  task.incarnation += 1;
  written.state(task.id, { ...task.by, raises: task.raises }, status.empty);
}

function transactionActs(written: HandWritten, task: Task, one: PlannedTransaction): (() => void)[] {
  const { p, id } = task;
  const listed = new Set<Place>(one.lists ? ["out-0", "out-1"] : []);
  let ender = task.by;
  const write = (place: Place, key: string, value: string | null, cause: string | null): void => {
    listed.add(place);
    const headers = {
      "rp-writer": `member-1/${task.incarnation}/v1/1`,
      ...(cause === null ? {} : { "rp-source": cause }),
    };
    written.data(place, [{ key, value, headers }], task.by);
  };
  const upTo = (): number => task.next + one.take;
  const work = (): void => {
    const counts = new Map(task.counts);
    for (let at = task.next; at < upTo(); at += 1) {
      const [result] = count(counts, keyOf(at), "one");
      write(`out-${at % 2}`, keyOf(at), outputText(result ?? null, "1"), `in-${p}@${at}#0`);
      write(`counts-${p}`, keyOf(at), stateText(counts.get(keyOf(at)) ?? 0, "1"), `in-${p}@${at}#0`);
    }
    write(`counts-${p}`, "#position", `${upTo()}/${task.commit + 1}`, null);
    listed.add("__consumer_offsets-0");
    written.commit({ group: "toy-count", topic: "in", partition: p }, upTo(), task.by);
    if (!one.aborts) Object.assign(task, { counts, next: upTo(), commit: task.commit + 1 });
  };
  const say = (code: number): void => written.state(id, { ...ender, raises: task.raises }, code, [...listed]);
  const places: readonly Place[] = ["out-0", "out-1", `counts-${p}`, "__consumer_offsets-0"];
  const markers = places.map((place) => () => {
    for (let n = 0; n < (listed.has(place) ? one.markers : 0); n += 1)
      written.marker(place, ender, one.aborts ? "abort" : "commit");
  });
  return [
    work,
    () => {
      ender = task.raises ? { ...task.by, epoch: task.by.epoch + 1 } : task.by;
      say(one.aborts ? status.prepareAbort : status.prepareCommit);
    },
    ...markers,
    () => {
      say(one.aborts ? status.completeAbort : status.completeCommit);
      task.by = ender;
    },
  ];
}

function keyOf(at: number): string {
  return `k${at % 3}`;
}

/** The items of a correct run, read to its end. */
export function toyHistory({ raises, tasks: all, choices }: PlannedHistory): readonly HistoryItem[] {
  const written = beginHandWritten();
  for (const [p, own] of all.entries())
    for (let at = 0; at < inputsOf(own); at += 1) written.data(`in-${p}`, [{ key: keyOf(at), value: "one" }]);
  const lines = all.map((own, p) => actsOf(written, p, own, raises));
  for (let turn = 0; lines.some((line) => line.length > 0); turn += 1) {
    const left = lines.filter((line) => line.length > 0);
    left[(choices[turn % Math.max(choices.length, 1)] ?? 0) % left.length]?.shift()?.();
  }
  written.settle();
  return written.items;
}

const text = new TextDecoder();

/** Keys as text, since the state's keys are told apart as they are in the changelog. */
export const specification: Specification = {
  stages: Object.fromEntries(
    Object.entries(toySpecification.stages).map(([name, stage]) => [
      name,
      {
        ...stage,
        start: () => {
          const state = new Map<string, number>();
          return {
            step: ({ key, value }) => expectedOf(state, text.decode(key ?? undefined), text.decode(value ?? undefined)),
          };
        },
      },
    ]),
  ),
};

export const description: PipelineDescription = {
  ...toyDescription,
  topics: (partitions) => [
    { name: "in", partitions, config: {} },
    { name: "out", partitions, config: {}, partitioning: "free" },
    { name: "counts", partitions, config: {} },
  ],
  stages: toyDescription.stages.map((stage) => ({ ...stage, changelog: "counts" })),
};

/** The findings under the rule for holes alone: these histories hold none of the events of a run. */
export function judged(
  items: readonly HistoryItem[],
  options: { readonly problems?: readonly HistoryProblem[]; readonly context?: Partial<CheckerContext> } = {},
): ReadonlyMap<string, Finding> {
  const { problems = [], context = {} } = options;
  const own = toyContext({ description, specification, ...context });
  const holes = beginHoles();
  const facts = beginFacts(own);
  const running = checkers.map((checker) => ({ checker, state: checker.begin({ ...own, facts }) }));
  const step = (batch: EvidenceBatch): void => {
    stepFacts(facts, batch);
    learnHoles(holes, batch, facts);
    for (const one of running) one.state = one.checker.step(one.state, batch);
  };
  const audit = beginAudit({ description: own.description, specification: own.specification, partitions: 2 });
  for (const item of items) for (const batch of audit.step(item)) step(batch);
  for (const batch of audit.finish({ complete: problems.length === 0, problems })) step(batch);
  return new Map(running.map(({ checker, state }) => [checker.id, spared(checker.finish(state), holes)]));
}
