/**
 * Listens to abort signals, once a signal however many tasks share it: Node.js takes the eleventh listener for a leak.
 */
interface Listeners {
  readonly acts: Set<() => void>;
  readonly onAbort: () => void;
}

const listenersOf = new WeakMap<AbortSignal, Listeners>();

/**
 * Calls `act` when the signal is aborted. Returns what ends that. The last ones are called first: a thread that is told to stop
 * one task must not begin the next one before that was recalled.
 */
export function whenAborted(signal: AbortSignal, act: () => void): () => void {
  const { acts, onAbort } = listenersOf.get(signal) ?? listenTo(signal);
  acts.add(act);
  return () => {
    acts.delete(act);
    if (acts.size > 0) return;
    signal.removeEventListener('abort', onAbort);
    listenersOf.delete(signal);
  };
}

function listenTo(signal: AbortSignal): Listeners {
  const acts = new Set<() => void>();
  const onAbort = (): void => {
    for (const act of [...acts].reverse()) act();
  };
  const listeners: Listeners = { acts, onAbort };
  signal.addEventListener('abort', onAbort, { once: true });
  listenersOf.set(signal, listeners);
  return listeners;
}
