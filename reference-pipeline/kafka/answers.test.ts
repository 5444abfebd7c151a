import { createRequire } from "node:module";
import { expect, test } from "vitest";
import { commitRefusalOf, evictionOf, refusalOf } from "./answers.ts";

const load = createRequire(import.meta.url);
interface Errors {
  readonly KafkaJSNonRetriableError: new (error: Error, options?: { readonly cause: unknown }) => Error;
  readonly KafkaJSNumberOfRetriesExceeded: new (error: Error, options: object) => Error;
}
interface ProtocolErrors {
  createErrorFromCode(this: void, code: number): Error;
}
const errors: Errors = load("kafkajs/src/errors");
const { createErrorFromCode }: ProtocolErrors = load("kafkajs/src/protocol/error");
const invalidProducerEpoch = createErrorFromCode(47);
const producerFenced = createErrorFromCode(90);

test("an older epoch is `fenced`, bare or wrapped, also under the code that kafkajs does not know", () => {
  const wrapped = new errors.KafkaJSNonRetriableError(invalidProducerEpoch, { cause: invalidProducerEpoch });
  const twice = new errors.KafkaJSNumberOfRetriesExceeded(wrapped, { retryCount: 1, retryTime: 1 });
  expect(refusalOf(invalidProducerEpoch)).toEqual({ answer: "fenced", error: "INVALID_PRODUCER_EPOCH" });
  expect(refusalOf(wrapped)).toEqual({ answer: "fenced", error: "INVALID_PRODUCER_EPOCH" });
  expect(refusalOf(twice)).toEqual({ answer: "fenced", error: "INVALID_PRODUCER_EPOCH" });
  expect(refusalOf(producerFenced)).toEqual({ answer: "fenced", error: "PRODUCER_FENCED" });
});

test("everything else leaves the outcome unknown", () => {
  expect(refusalOf(createErrorFromCode(16))).toEqual({ answer: "unknown", error: "NOT_COORDINATOR_FOR_GROUP" });
  expect(refusalOf(new Error("Request timed out"))).toEqual({ answer: "unknown", error: "Error: Request timed out" });
  expect(refusalOf(undefined)).toEqual({ answer: "unknown", error: "unknown error" });
});

test("the group's refusals of an older generation are evictions", () => {
  expect([16, 22, 25, 27].map((code) => evictionOf(createErrorFromCode(code)))).toEqual([
    null,
    "ILLEGAL_GENERATION",
    "UNKNOWN_MEMBER_ID",
    "REBALANCE_IN_PROGRESS",
  ]);
  expect(commitRefusalOf(createErrorFromCode(25))).toEqual({ answer: "fenced", error: "UNKNOWN_MEMBER_ID" });
  expect(commitRefusalOf(new Error("gone"))).toEqual({ answer: "unknown", error: "Error: gone" });
});
