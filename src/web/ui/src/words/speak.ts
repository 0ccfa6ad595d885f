/**
 * Says a string in one language. Knows nothing of the page: the language is an argument. What one page alone says is
 * learnt when that page is loaded, so that the first look does not wait for all of it.
 */
import type { Table } from "./all";
import { table, type Words } from "./table";

export const LANGUAGES = ["en", "zh-CN"] as const;
export type Language = (typeof LANGUAGES)[number];
export type WordKey = keyof Table;

type NamesIn<S extends string> = S extends `${string}{${infer Slot}}${infer Rest}`
  ? (Slot extends `${infer Name}|${string}` ? Name : Slot) | NamesIn<Rest>
  : never;
type SlotsOf<K extends WordKey> = NamesIn<Table[K][0]>;
/** No second argument for a plain string; exactly its slots for one that has some. */
export type Filling<K extends WordKey> = [SlotsOf<K>] extends [never]
  ? []
  : [slots: Record<SlotsOf<K>, string | number>];

/** The keys that take no slots, for words chosen by a state of the wire. */
export type PlainKey = { [K in WordKey]: [SlotsOf<K>] extends [never] ? K : never }[WordKey];

export type Speak = <K extends WordKey>(key: K, ...filling: Filling<K>) => string;

const known: Record<string, readonly [en: string, zh: string]> = { ...table };

/** From here on these can be said, too. */
export function learn(words: Words): void {
  Object.assign(known, words);
}

const SLOT = /\{(\w+)(?:\|([^|}]*)\|([^}]*))?\}/g;

export function speaker(language: Language): Speak {
  const column = language === "en" ? 0 : 1;
  return (key, ...filling) => {
    // A word whose page has not come says its key rather than stop the page.
    const text: string = known[key]?.[column] ?? key;
    const slots = filling[0] as Record<string, string | number> | undefined;
    if (slots === undefined) return text;
    return text.replace(SLOT, (_, name: string, one?: string, many?: string) => {
      const value = slots[name] ?? "";
      if (one !== undefined && many !== undefined) return Number(value) === 1 ? one : many;
      return String(value);
    });
  };
}

/** The language nearest to a tag such as `zh-Hans-CN` or `en-GB`. */
export function nearestLanguage(tag: string | null | undefined): Language {
  return tag !== null && tag !== undefined && tag.toLowerCase().startsWith("zh") ? "zh-CN" : "en";
}

export function isPlainKey(key: string): key is PlainKey {
  const pair = known[key];
  return pair !== undefined && !pair[0].includes("{");
}
