/** The words of the page in the language that it is read in. Each page has a file of words in `en/` and in `zh/`. */

import { useSyncExternalStore } from "react";

import { en } from "./en";
import { type Language, language, onLanguage } from "./store";
import { zh } from "./zh";

export { type Language, language, speak } from "./store";

type Widened<T> = T extends string ? string : T extends (...given: infer G) => string ? (...given: G) => string : {
  [K in keyof T]: Widened<T[K]>;
};

/** English says what there is; Chinese must have the same, which `tsc` checks. */
export type Words = Widened<typeof en>;

const WORDS: Record<Language, Words> = { en, zh };

export function useLanguage(): Language {
  return useSyncExternalStore(onLanguage, language);
}

export function useWords(): Words {
  return WORDS[useLanguage()];
}

/** The words outside of components, as for errors. */
export function words(): Words {
  return WORDS[language()];
}
