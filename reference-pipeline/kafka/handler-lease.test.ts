import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { HandlerLease, RejoinNeeded, type LeaseOptions } from "./handler-lease.ts";

const everyMs = 5;
const quiet: LeaseOptions = { heartbeat: () => Promise.resolve(), everyMs, isLivingMember: () => true };

/** Whether the lease says that the member is evicted, within ten beats. */
async function evictedSoon(lease: HandlerLease): Promise<boolean> {
  return await Promise.race([lease.evicted.then(() => true), sleep(everyMs * 10, false)]);
}

test("a member whose heartbeats are answered keeps its lease", async () => {
  using lease = new HandlerLease(quiet);
  expect(await evictedSoon(lease)).toBe(false);
  lease.throwIfEvicted();
});

test("a heartbeat that fails on a dead connection is ridden out while the session lasts", async () => {
  using lease = new HandlerLease({ ...quiet, heartbeat: () => Promise.reject(new Error("read ECONNRESET")) });
  expect(await evictedSoon(lease)).toBe(false);
});

test("a group silent for longer than the session evicts, also when heartbeats neither fail nor return", async () => {
  const never = new Promise<void>(() => undefined);
  using lease = new HandlerLease({ ...quiet, heartbeat: () => never, isLivingMember: () => false });
  expect(await evictedSoon(lease)).toBe(true);
  expect(() => lease.throwIfEvicted()).toThrow(RejoinNeeded);
});
