/** Everything a user of sharena imports, in reading order. The worker pool is in 'sharena/pool'. */
export {
  Store,
  type SetOptions,
  type StoreHandle,
  type Versioned,
} from './store.ts';
export type { AttachOptions, StoreOptions } from './store/options.ts';
export type { Lease, LeaseFormat } from './store/lease.ts';
export type { VerifyReport } from './store/verify.ts';
export type { StoreStats } from './store/stats.ts';
export type { RateAlgorithm, RateLimit, RateOutcome } from './policy/rate.ts';
export type { Key } from './codec/key.ts';
export type { Codec } from './codec/codec.ts';
export { json } from './codec/json.ts';
export { msgpack } from './codec/msgpack.ts';
export { bytes, float64, int32, text } from './codec/scalars.ts';
export * from './errors.ts';
