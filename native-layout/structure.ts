/** Who may write a field, and how. `init` is constant once the arena exists. */
export type Writer = 'init' | 'lock' | 'page-lock' | 'atomic' | 'record' | 'free' | 'sender' | 'owner';

export interface Field<Name extends string = string> {
  readonly name: Name;
  /** Size in 32-bit words. */
  readonly words: number;
  readonly writer: Writer;
  readonly doc: string;
}

/** One structure of shared memory: its fields in order, and the word offset of each derived from that order. */
export interface Structure<Name extends string = string> {
  readonly name: string;
  readonly doc: string;
  readonly fields: readonly Field<Name>[];
  /** Offset of each field in 32-bit words from the start of the structure. */
  readonly word: Readonly<Record<Name, number>>;
  /** Size of the whole structure in 32-bit words. */
  readonly words: number;
}

/** A field; `words` defaults to one. */
export function field<const Name extends string>(
  name: Name,
  writer: Writer,
  doc: string,
  words: number = 1,
): Field<Name> {
  return { name, words, writer, doc };
}

/** Lays the fields out one after the other. Throws `RangeError` when they do not fit `words`. */
export function structure<const Name extends string>(
  name: string,
  doc: string,
  fields: readonly Field<Name>[],
  words?: number,
): Structure<Name> {
  const word = {} as Record<Name, number>;
  let next = 0;
  for (const f of fields) {
    if (f.name in word) throw new RangeError(`${name}.${f.name} is named twice`);
    word[f.name] = next;
    next += f.words;
  }
  if (words !== undefined && next > words) throw new RangeError(`${name} needs ${next} words, ${words} are given`);
  return { name, doc, fields, word, words: words ?? next };
}
