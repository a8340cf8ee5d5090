// The message catalogue: every visible word of the page comes through `t('key', {vars})`. Keys and the names of their
// variables are checked by the compiler. A word with a number in it has the forms of `Intl.PluralRules`.

import { en } from './en';

type Catalogue = typeof en;
/** A key of the catalogue. */
export type Key = keyof Catalogue;

type NamesIn<S> = S extends `${string}{${infer Name}}${infer Rest}` ? Name | NamesIn<Rest> : never;
type Forms<V> = V extends string ? V : V extends Record<string, infer F> ? F : never;
type NamesOf<K extends Key> = NamesIn<Forms<Catalogue[K]>> | (Catalogue[K] extends string ? never : 'count');
type Args<K extends Key> = [NamesOf<K>] extends [never] ? [] : [vars: Record<NamesOf<K>, string | number>];

/** The language of words, numbers and dates. */
export const language = 'en';

const plurals = new Intl.PluralRules(language);
const numbers = new Intl.NumberFormat(language);

/** The text of a key with its variables put in. Whole numbers get group separators; strings stay as they are. */
export function t<K extends Key>(key: K, ...args: Args<K>): string {
  const vars = (args[0] ?? {}) as Record<string, string | number>;
  const entry = en[key] as string | Readonly<Record<string, string>>;
  const text =
    typeof entry === 'string' ? entry : (entry[plurals.select(Number(vars.count))] ?? entry.other ?? '');
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = vars[name];
    if (value === undefined) return whole;
    return typeof value === 'number' ? numbers.format(value) : value;
  });
}
