/** Errors on their way from a worker to the caller: structured clone keeps message, stack and cause, but no class and no code. */
import { inspect, types } from 'node:util';
import * as errors from '../errors.ts';
import type { CarriedError } from './messages.ts';

const PROTOTYPES: ReadonlyMap<string, object> = new Map(
  Object.values(errors).map((errorClass) => [errorClass.name, errorClass.prototype]),
);

/** Packs what a task threw so that it can be sent for sure, whatever comes of looking at it. Never throws. */
export function packError(thrown: unknown): CarriedError {
  try {
    return packLookedAt(thrown);
  } catch {
    return { thrown: new TypeError(`thrown: ${typeof thrown} that throws when it is looked at`) };
  }
}

function packLookedAt(thrown: unknown): CarriedError {
  const labels = thrown instanceof Error ? labelsOf(thrown) : {};
  if (thrown instanceof Error && !arrives(thrown)) return { thrown: bareError(thrown), ...labels };
  try {
    structuredClone(thrown);
    return { thrown, ...labels };
  } catch {
    return {
      thrown: thrown instanceof Error ? bareError(thrown) : new TypeError(`thrown: ${inspect(thrown)}`),
      ...labels,
    };
  }
}

/** Unpacks it: sharena's own errors are of their classes again, others keep their name and code. */
export function unpackError({ thrown, name, code }: CarriedError): unknown {
  if (!types.isNativeError(thrown) || name === undefined) return thrown;
  const prototype = String(code).startsWith('ERR_SHARENA_') ? PROTOTYPES.get(name) : undefined;
  if (prototype !== undefined) Object.setPrototypeOf(thrown, prototype);
  // Defined, not assigned: what a prototype has as a getter cannot be assigned.
  if (thrown.name !== name) Object.defineProperty(thrown, 'name', { value: name, configurable: true, writable: true });
  if (code !== undefined && (thrown as { code?: unknown }).code !== code) {
    Object.defineProperty(thrown, 'code', { value: code, configurable: true, enumerable: true, writable: true });
  }
  return thrown;
}

/**
 * Whether a copy has the message. What is an Error only by its prototype would arrive as an empty object, and a message that is
 * inherited not at all: the ones of a DOMException until and from Node.js 22 on.
 */
function arrives(thrown: Error): boolean {
  return types.isNativeError(thrown) && (Object.hasOwn(thrown, 'message') || thrown.message === '');
}

function labelsOf({ name, code }: { name: unknown; code?: unknown }): { name: string; code?: string | number } {
  return { name: String(name), ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}) };
}

function bareError({ message, stack }: { message: unknown; stack?: unknown }): Error {
  const bare = new Error(String(message));
  if (typeof stack === 'string') bare.stack = stack;
  return bare;
}
