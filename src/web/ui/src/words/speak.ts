/**
 * Says a string of the table in one language. Knows nothing of the page: the language is an argument.
 */
import { table } from "./table";

export const LANGUAGES = ["en", "zh-CN"] as const;
export type Language = (typeof LANGUAGES)[number];
export type WordKey = keyof typeof table;

type NamesIn<S extends string> = S extends `${string}{${infer Slot}}${infer Rest}`
  ? (Slot extends `${infer Name}|${string}` ? Name : Slot) | NamesIn<Rest>
  : never;
type SlotsOf<K extends WordKey> = NamesIn<(typeof table)[K][0]>;
/** No second argument for a plain string; exactly its slots for one that has some. */
export type Filling<K extends WordKey> = [SlotsOf<K>] extends [never]
  ? []
  : [slots: Record<SlotsOf<K>, string | number>];

/** The keys that take no slots, for words chosen by a state of the wire. */
export type PlainKey = { [K in WordKey]: [SlotsOf<K>] extends [never] ? K : never }[WordKey];

export type Speak = <K extends WordKey>(key: K, ...filling: Filling<K>) => string;

const SLOT = /\{(\w+)(?:\|([^|}]*)\|([^}]*))?\}/g;

export function speaker(language: Language): Speak {
  const column = language === "en" ? 0 : 1;
  return (key, ...filling) => {
    const text: string = table[key][column];
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
  return key in table && !table[key as WordKey][0].includes("{");
}
