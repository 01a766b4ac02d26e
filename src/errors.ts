/**
 * Every error sharena throws on purpose, one class a kind, one code a class.
 *
 * A message names the offending value and the limit it broke. Nothing has changed in the store when one is thrown,
 * unless the class says otherwise.
 */
export type ErrorCode =
  | 'ERR_SHARENA_OPTION'
  | 'ERR_SHARENA_KEY'
  | 'ERR_SHARENA_VALUE'
  | 'ERR_SHARENA_FULL'
  | 'ERR_SHARENA_LOCK_TIMEOUT'
  | 'ERR_SHARENA_CONFLICT'
  | 'ERR_SHARENA_HANDLE'
  | 'ERR_SHARENA_CLOSED'
  | 'ERR_SHARENA_THREADS'
  | 'ERR_SHARENA_LEASES'
  | 'ERR_SHARENA_DAMAGED'
  | 'ERR_SHARENA_OWNER_DIED'
  | 'ERR_SHARENA_QUEUE_FULL'
  | 'ERR_SHARENA_TASK_TIMEOUT'
  | 'ERR_SHARENA_MAILBOX_FULL';

/** The parent of all sharena errors: `error instanceof SharenaError` or `error.code` tells them apart. */
export class SharenaError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.name = new.target.name;
  }
}

/** An option that is of the wrong type, out of range, or that contradicts another one. */
export class OptionError extends SharenaError {
  constructor(message: string) {
    super('ERR_SHARENA_OPTION', message);
  }
}

/** A key of a type that is no key, or one longer than the limit. */
export class KeyError extends SharenaError {
  constructor(message: string) {
    super('ERR_SHARENA_KEY', message);
  }
}

/** A value the codec cannot give back equal, or one larger than the limit. */
export class ValueError extends SharenaError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_SHARENA_VALUE', message, options);
  }
}

/** The memory budget is used up: the write was refused and the entry is as it was before. */
export class StoreFullError extends SharenaError {
  constructor(message: string) {
    super('ERR_SHARENA_FULL', message);
  }
}

/** A lock was held by a living thread for longer than `lockTimeout`. The lock is never stolen on a timer. */
export class LockTimeoutError extends SharenaError {
  constructor(message: string) {
    super('ERR_SHARENA_LOCK_TIMEOUT', message);
  }
}

/** `update` or `hit` lost the race for its key more often than the limit allows. */
export class ConflictError extends SharenaError {
  constructor(message: string) {
    super('ERR_SHARENA_CONFLICT', message);
  }
}

/** A handle that is forged, foreign, incomplete, or written by another layout version. */
export class HandleError extends SharenaError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_SHARENA_HANDLE', message, options);
  }
}

/** The store, or the pool, was closed before the call. */
export class ClosedError extends SharenaError {
  constructor(message: string) {
    super('ERR_SHARENA_CLOSED', message);
  }
}

/** More threads want to attach than the registry of the arena has room for. */
export class TooManyThreadsError extends SharenaError {
  constructor(message: string) {
    super('ERR_SHARENA_THREADS', message);
  }
}

/** More records are leased at the same time than the lease table has room for. */
export class LeaseLimitError extends SharenaError {
  constructor(message: string) {
    super('ERR_SHARENA_LEASES', message);
  }
}

/** The arena's bytes contradict themselves: someone else wrote into it, or sharena has a bug. */
export class DamagedArenaError extends SharenaError {
  constructor(message: string) {
    super('ERR_SHARENA_DAMAGED', message);
  }
}

/** The worker that a task ran on died before it answered: whether the task did its work is not known. It is not run again. */
export class OwnerDiedError extends SharenaError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_SHARENA_OWNER_DIED', message, options);
  }
}

/** As many tasks wait for the owner as may: this one was refused and has had no effect. */
export class QueueFullError extends SharenaError {
  constructor(message: string) {
    super('ERR_SHARENA_QUEUE_FULL', message);
  }
}

/** The time that a task was given is over. One that had begun goes on in its worker, with its signal aborted. */
export class TaskTimeoutError extends SharenaError {
  constructor(message: string) {
    super('ERR_SHARENA_TASK_TIMEOUT', message);
  }
}

/** A thread has as many unanswered calls of `execute` to one owner as it may have. The call was not made. */
export class MailboxFullError extends SharenaError {
  constructor(message: string) {
    super('ERR_SHARENA_MAILBOX_FULL', message);
  }
}
