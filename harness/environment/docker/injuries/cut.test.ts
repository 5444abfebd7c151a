import { expect, test } from "vitest";
import { brokerId } from "../../../model/brand.ts";
import { layOut } from "../../cluster/layout.ts";
import type { Answer, Command } from "../containers/command.ts";
import { cut } from "./cut.ts";

const [one, two, three] = [brokerId("broker-1"), brokerId("broker-2"), brokerId("broker-3")];
const patience = (): AbortSignal => AbortSignal.timeout(5_000);
const hosts = { bind: "0.0.0.0", broker: (nodeId: number) => `10.0.0.${nodeId}`, proxy: "10.0.0.9" };
const layout = layOut(
  { brokers: [one, two, three].map(() => ({ version: "4.1.1" })), memberSlots: 0 },
  Array.from({ length: 10 }, (_, i) => 9_000 + i),
  hosts,
);

/** A side-car with iptables' list of rules; what it answers to a dial at an address, and which rules it does not give up. */
function fakeSidecar(dials: Readonly<Record<string, Answer>>) {
  const listed = new Set<string>();
  const stuck = new Set<string>();
  const carryOut = (argv: readonly string[]): Answer => {
    if (argv[0] === "timeout") return dials[argv[5] ?? ""] ?? { exitCode: 124, output: "" };
    const verb = argv[3];
    const name = argv[argv.indexOf("--comment") + 1] ?? "";
    if (verb === "-S") return { exitCode: 0, output: [...listed].map((rule) => `--comment "${rule}"`).join("\n") };
    if (verb === "-A") listed.add(name);
    else if (stuck.has(name)) return { exitCode: 4, output: "no lock" };
    else listed.delete(name);
    return { exitCode: 0, output: "" };
  };
  const command: Command = (argv) => Promise.resolve(carryOut(argv));
  return { listed, stuck, parts: { layout, number: 1, process: { id: one }, sidecar: () => Promise.resolve(command) } };
}

const cutOf = (sidecar: ReturnType<typeof fakeSidecar>) =>
  cut(sidecar.parts, { kind: "cut", from: [two, three], way: "in" }, patience());
const [fromTwo, fromThree] = ["rollproof:cut-1:broker-2:INPUT", "rollproof:cut-1:broker-3:INPUT"];

test("a cut holds where its rules are listed and every peer is silent", async () => {
  expect(await (await cutOf(fakeSidecar({}))).probe(patience())).toEqual({
    active: true,
    proof: { rules: [fromTwo, fromThree], dialled: { "broker-2": "silent", "broker-3": "silent" } },
  });
});

test("a peer that refuses was heard: packets that are dropped refuse nothing", async () => {
  const sidecar = fakeSidecar({ "10.0.0.3": { exitCode: 1, output: "Connection refused" } });
  expect(await (await cutOf(sidecar)).probe(patience())).toEqual({
    active: false,
    proof: { rules: [fromTwo, fromThree], dialled: { "broker-2": "silent", "broker-3": "refused" } },
  });
});

test.each([126, 127])("a side-car that cannot dial (exit code %i) is no witness", async (exitCode) => {
  const sidecar = fakeSidecar({ "10.0.0.2": { exitCode, output: "bash: not found" } });
  await expect((await cutOf(sidecar)).probe(patience())).rejects.toThrow(
    `The side-car cannot dial (exit code ${exitCode}): bash: not found`,
  );
});

test("a rule that does not go leaves the others gone, and is taken away when the heal is tried again", async () => {
  const sidecar = fakeSidecar({});
  const inForce = await cutOf(sidecar);
  sidecar.stuck.add(fromTwo ?? "");
  await expect(inForce[Symbol.asyncDispose]()).rejects.toThrow("no lock");
  expect([...sidecar.listed]).toEqual([fromTwo]);
  sidecar.stuck.clear();
  await inForce[Symbol.asyncDispose]();
  expect([...sidecar.listed]).toEqual([]);
});
