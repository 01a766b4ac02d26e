import { isStructToken, structOf, structTokenOf } from '../linearizability/struct-token.ts';
import type { Token } from '../linearizability/values.ts';

const texts = new Map<string, string>();

/**
 * The value of a token: numbers stand for themselves, `name:length` for a text of that length, and `=n:length` for one whose
 * bytes are the int32 n over and over; structs as in struct-token.ts.
 */
export function valueOf(token: Token): unknown {
  if (typeof token === 'number') return token;
  if (isStructToken(token)) return structOf(token);
  let text = texts.get(token);
  if (text === undefined) {
    const length = Number(token.slice(token.indexOf(':') + 1));
    const unit = token.startsWith('=')
      ? `${String.fromCharCode(Number.parseInt(token.slice(1), 10))}\0\0\0`
      : `${token} `;
    text = unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
    texts.set(token, text);
  }
  return text;
}

/** The token of a value; null for one that no token makes. */
export function tokenOf(value: unknown, tokens: readonly Token[]): Token | null {
  if (typeof value === 'number') return value;
  if (typeof value === 'object' && value !== null) return structTokenOf(value);
  return tokens.find((token) => typeof token === 'string' && valueOf(token) === value) ?? null;
}
