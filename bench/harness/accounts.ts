import { stringValue } from './fresh-keys.ts';

/** A 10-field object, as services keep them. */
export interface Account {
  readonly id: number;
  readonly name: string;
  readonly email: string;
  readonly age: number;
  readonly balance: number;
  readonly active: boolean;
  readonly city: string;
  readonly plan: string;
  readonly visits: number;
  readonly referrer: string | null;
}

/** Bytes that an account takes in the store, about. */
export const ACCOUNT_BYTES_ABOUT = 200;

/** The account of the entry `index`. */
export function account(index: number): Account {
  return {
    id: index,
    name: `Ada Number ${index}`,
    email: `ada.${index}@example.org`,
    age: 20 + (index % 60),
    balance: index / 7,
    active: index % 3 !== 0,
    city: stringValue(index),
    plan: index % 10 === 0 ? 'business' : 'free',
    visits: index * 31,
    referrer: index % 4 === 0 ? null : 'newsletter',
  };
}

/** Touches two fields, as a user of the object would. */
export function weigh(value: Account): number {
  return value.id + value.name.length;
}
