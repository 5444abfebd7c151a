import { expect, test } from "vitest";
import { memberId } from "../../model/brand.ts";
import { memberCommand } from "./command.ts";
import { compileCache } from "./compile-cache.ts";

const place = {
  slot: memberId("member-2"),
  incarnation: 3,
  bootstrap: ["127.0.0.1:1", "127.0.0.1:2"],
  dataDirectory: "/run/members/member-2/data",
  control: { host: "127.0.0.1", port: 0 },
  node: "/opt/node",
};
const contract = {
  ROLLPROOF_MEMBER: "member-2",
  ROLLPROOF_INCARNATION: "3",
  ROLLPROOF_BOOTSTRAP: "127.0.0.1:1,127.0.0.1:2",
  ROLLPROOF_DATA_DIR: "/run/members/member-2/data",
  ROLLPROOF_CONTROL_HOST: "127.0.0.1",
  ROLLPROOF_CONTROL_PORT: "0",
  ROLLPROOF_CONFIG: '{"topic":"payments"}',
};

const byNode = { NODE_COMPILE_CACHE: compileCache, ...contract };

test("a member is given the contract's variables, and node is the one of its place, with what it compiled before", () => {
  const launch = {
    version: "v1",
    argv: ["node", "job.ts"],
    env: {},
    config: { topic: "payments" },
    variables: {},
    image: null,
    mounts: [],
  };
  expect(memberCommand(launch, place)).toEqual({
    argv: ["/opt/node", "job.ts"],
    env: byNode,
    caches: [compileCache],
  });
});

test("templates in argv and env stand for the contract's variables", () => {
  const launch = {
    version: "v1",
    argv: ["java", "-Dbootstrap=${ROLLPROOF_BOOTSTRAP}", "${ROLLPROOF_MEMBER}/${ROLLPROOF_INCARNATION}"],
    env: { STATE_DIR: "${ROLLPROOF_DATA_DIR}/state" },
    config: { topic: "payments" },
    variables: {},
    image: null,
    mounts: [],
  };
  expect(memberCommand(launch, place)).toEqual({
    argv: ["java", "-Dbootstrap=127.0.0.1:1,127.0.0.1:2", "member-2/3"],
    env: { STATE_DIR: "/run/members/member-2/data/state", ...contract },
    caches: [],
  });
});

test("templates stand for the launch's own variables too, which are not handed to the process", () => {
  const launch = {
    version: "v1",
    argv: ["java", "-cp", "${KAFKA_LIBS}/*", "mutant=${MUTANT}"],
    env: {},
    config: { topic: "payments" },
    variables: { KAFKA_LIBS: "/jars", MUTANT: "", ROLLPROOF_MEMBER: "member-9" },
    image: "eclipse-temurin:17-jdk",
    mounts: ["/jars"],
  };
  expect(memberCommand(launch, place)).toEqual({
    argv: ["java", "-cp", "/jars/*", "mutant="],
    env: contract,
    caches: [],
  });
});

test("a launch cannot replace a contract variable", () => {
  const launch = {
    version: "v1",
    argv: ["node"],
    env: { ROLLPROOF_MEMBER: "member-1" },
    config: { topic: "payments" },
    variables: {},
    image: null,
    mounts: [],
  };
  expect(memberCommand(launch, place).env).toEqual(byNode);
});

test.each(["${PATH}", "${constructor}", "${}"])("the template %s stands for nothing and is refused", (template) => {
  const launch = {
    version: "v1",
    argv: ["node", template],
    env: {},
    config: {},
    variables: {},
    image: null,
    mounts: [],
  };
  expect(() => memberCommand(launch, place)).toThrow(`The template ${template} in a launch stands for nothing.`);
});
