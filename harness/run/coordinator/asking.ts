import type { EventBody } from "../../model/event.ts";
import type { Answer, Demand, FromCoordinator } from "./protocol.ts";
import { errorOf } from "./failure.ts";

/** The coordinator's end of the line to the harness. */
export interface Asking {
  /** Resolves with the answer; rejects with what the harness refused it for, or with the signal's reason. */
  readonly ask: (demand: Demand, signal: AbortSignal) => Promise<Exclude<Answer, { kind: "refused" }>>;
  readonly tell: (event: EventBody) => void;
  readonly answered: (call: number, answer: Answer) => void;
}

export function beginAsking(send: (message: FromCoordinator) => void): Asking {
  const open = new Map<number, PromiseWithResolvers<Answer>>();
  let calls = 0;
  return {
    async ask(demand, signal) {
      signal.throwIfAborted();
      calls += 1;
      const call = calls;
      const answered = Promise.withResolvers<Answer>();
      open.set(call, answered);
      const cancel = (): void => {
        send({ kind: "cancel", call });
        answered.reject(signal.reason);
      };
      signal.addEventListener("abort", cancel, { once: true });
      send({ kind: "call", call, demand });
      try {
        const answer = await answered.promise;
        if (answer.kind === "refused") throw errorOf(answer.failure);
        return answer;
      } finally {
        open.delete(call);
        signal.removeEventListener("abort", cancel);
      }
    },
    tell: (event) => send({ kind: "tell", event }),
    answered: (call, answer) => open.get(call)?.resolve(answer),
  };
}
