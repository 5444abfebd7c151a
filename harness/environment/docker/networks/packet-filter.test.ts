import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import type { Answer } from "../containers/command.ts";
import { PacketFilter, type DropRule } from "./packet-filter.ts";

const rule: DropRule = { name: "rollproof:cut-1:broker-2:INPUT", chain: "INPUT", match: ["-s", "10.0.0.2"] };
const inWords = (verb: string): string =>
  `iptables -w 5 ${verb} INPUT -s 10.0.0.2 -m comment --comment ${rule.name} -j DROP`;
const done: Answer = { exitCode: 0, output: "" };
const patience = (): AbortSignal => AbortSignal.timeout(5_000);

/** A side-car that does what it is told when `let go` says so. */
function slowSidecar() {
  const told: string[] = [];
  const waiting: ((answer: Answer) => void)[] = [];
  return {
    told,
    letGo: (answer: Answer): void => waiting.shift()?.(answer),
    command: (argv: readonly string[]): Promise<Answer> => {
      told.push(argv.join(" "));
      return new Promise((resolve) => waiting.push(resolve));
    },
  };
}

test("an abort ends the waiting for a side-car with its reason, and what the command did all the same is undone", async () => {
  const sidecar = slowSidecar();
  const filter = new PacketFilter(sidecar.command);
  const over = new AbortController();
  const dropping = filter.drop(rule, over.signal);
  over.abort(new Error("the run is over"));
  await expect(dropping).rejects.toThrow("the run is over");
  expect(sidecar.told).toEqual([inWords("-A")]);
  sidecar.letGo(done);
  await turn();
  expect(sidecar.told).toEqual([inWords("-A"), inWords("-D")]);
  sidecar.letGo(done);
  await turn();
  await expect(filter.pass(rule.name, patience())).rejects.toThrow("No packets are dropped under the name");
});

test("a command that failed is not undone", async () => {
  const sidecar = slowSidecar();
  const dropping = new PacketFilter(sidecar.command).drop(rule, patience());
  sidecar.letGo({ exitCode: 4, output: "no lock" });
  await expect(dropping).rejects.toThrow("no lock");
  await turn();
  expect(sidecar.told).toEqual([inWords("-A")]);
});

test("an aborted look and an aborted heal say the signal's reason, and the heal can be asked for again", async () => {
  const sidecar = slowSidecar();
  const filter = new PacketFilter(sidecar.command);
  const dropping = filter.drop(rule, patience());
  sidecar.letGo(done);
  await dropping;
  for (const wait of [
    (signal: AbortSignal) => filter.names(signal),
    (signal: AbortSignal) => filter.pass(rule.name, signal),
  ]) {
    const over = new AbortController();
    const waiting = wait(over.signal);
    over.abort(new Error("too late"));
    await expect(waiting).rejects.toThrow("too late");
    sidecar.letGo({ exitCode: 1, output: "" });
  }
  const passing = filter.pass(rule.name, patience());
  sidecar.letGo(done);
  await passing;
  expect(sidecar.told).toEqual([inWords("-A"), "iptables -w 5 -S", inWords("-D"), inWords("-D")]);
});

test("nothing is begun after an abort", async () => {
  const sidecar = slowSidecar();
  const aborted = AbortSignal.abort(new Error("over"));
  await expect(new PacketFilter(sidecar.command).drop(rule, aborted)).rejects.toThrow("over");
  expect(sidecar.told).toEqual([]);
});

test("a name that is in force is not taken a second time", async () => {
  const filter = new PacketFilter(() => Promise.resolve(done));
  await filter.drop(rule, patience());
  await expect(filter.drop(rule, patience())).rejects.toMatchObject({ code: "usage" });
  await filter.pass(rule.name, patience());
  await filter.drop(rule, patience());
});
