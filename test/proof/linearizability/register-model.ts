import type { SequentialModel } from './model.ts';

/** A register that holds a number, or nothing at first. */
export type RegisterInput =
  | { readonly kind: 'read' }
  | { readonly kind: 'write'; readonly value: number }
  | { readonly kind: 'cas'; readonly from: number; readonly to: number };

/** What was read, or whether a compare-and-set took place; a write returns null. */
export type RegisterOutput = number | boolean | null;

export type RegisterModel = SequentialModel<number | null, RegisterInput, RegisterOutput>;

export const registerModel: RegisterModel = {
  initial: null,
  step(state, { input, output }) {
    if (input.kind === 'read') return output === undefined || output === state ? [state] : [];
    if (input.kind === 'write') return [input.value];
    const matches = state === input.from;
    if (output !== undefined && output !== matches) return [];
    return [matches ? input.to : state];
  },
  key: String,
  isRead: ({ input, output }) => input.kind === 'read' || output === false,
  describe({ input, output }) {
    const result = output === undefined ? '?' : String(output);
    if (input.kind === 'read') return `read() -> ${result}`;
    if (input.kind === 'write') return `write(${input.value})`;
    return `cas(${input.from}, ${input.to}) -> ${result}`;
  },
};
