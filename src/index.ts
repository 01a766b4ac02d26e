/** Everything a user of sharena imports, in reading order. The worker pool is in 'sharena/pool'. */
export {
  Store,
  type SetOptions,
  type StoreHandle,
  type Versioned,
} from './store.ts';
export type { AttachOptions, MemoOptions, StoreOptions } from './store/options.ts';
export type { Lease, LeaseFormat } from './store/lease.ts';
export type { VerifyReport } from './store/verify.ts';
export type { StoreStats } from './store/stats.ts';
export type { RateAlgorithm, RateLimit, RateOutcome } from './policy/rate.ts';
export type { Key } from './codec/key.ts';
export type { Codec } from './codec/codec.ts';
export { json } from './codec/json.ts';
export { msgpack } from './codec/msgpack.ts';
export { bytes, type BytesOptions, float64, int32, text } from './codec/scalars.ts';
export { struct, type FieldOf, type NumberFieldOf, type StructValue } from './codec/struct.ts';
export {
  bool,
  f32,
  f64,
  type FieldType,
  fixedBytes,
  fixedText,
  i16,
  i32,
  i64,
  i8,
  u16,
  u32,
  u64,
  u8,
} from './codec/field-type.ts';
export * from './errors.ts';
