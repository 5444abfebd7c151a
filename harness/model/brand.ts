/** Branded numbers and names: a mix-up of two is a compile error. The constructors below are the only casts. */
declare const brand: unique symbol;
type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** A place in a Kafka partition; exact below 2^53. bigint only at the wire. */
export type Offset = Brand<number, "Offset">;
/** A Kafka partition's index within its topic. */
export type Partition = Brand<number, "Partition">;
/** Nanoseconds since the run's clock was started (monotonic). */
export type RunNanos = Brand<number, "RunNanos">;
/** Sequence number that the one recorder gave to an event or a frame; from 0, without gaps. */
export type Seq = Brand<number, "Seq">;
/** `member-1` … : a place in the pipeline that keeps its id across incarnations. */
export type MemberId = Brand<string, "MemberId">;
/** `broker-1` … */
export type BrokerId = Brand<string, "BrokerId">;

export const offset = (value: number): Offset => value as Offset;
export const partition = (value: number): Partition => value as Partition;
export const runNanos = (value: number): RunNanos => value as RunNanos;
export const seq = (value: number): Seq => value as Seq;
export const memberId = (value: string): MemberId => value as MemberId;
export const brokerId = (value: string): BrokerId => value as BrokerId;
