import type { SequentialModel } from './model.ts';

/** One key of a map from keys to texts; an absent key reads as the empty text. */
export interface TextInput {
  readonly kind: 'get' | 'put' | 'append';
  readonly key: string;
  /** Empty for a get. */
  readonly text: string;
}

export const textModel: SequentialModel<string, TextInput, string> = {
  initial: '',
  step(state, { input, output }) {
    if (input.kind === 'get') return output === undefined || output === state ? [state] : [];
    return [input.kind === 'put' ? input.text : state + input.text];
  },
  key: (state) => state,
  isRead: ({ input }) => input.kind === 'get',
  describe({ input, output }) {
    if (input.kind === 'get') return `get(${input.key}) -> ${JSON.stringify(output ?? '?')}`;
    return `${input.kind}(${input.key}, ${JSON.stringify(input.text)})`;
  },
};
