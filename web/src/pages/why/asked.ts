/** What the page looks into, which its address holds. */

import { useSearchParams } from "react-router";

import type { LookedInto } from "../../api/why";
import { numberIn } from "../../shared/places";

const HITS = 10;
export const MOST_HITS = 100;

export interface AskedHere extends LookedInto {
  /** Empty where none is picked. */
  readonly document: string;
  /** Whether a document is followed as far as the answer. */
  readonly ask: boolean;
}

export function useAsked(): readonly [AskedHere, (asked: AskedHere) => void] {
  const [search, setSearch] = useSearchParams();
  const asked = {
    question: (search.get("question") ?? "").trim(),
    document: search.get("document") ?? "",
    k: Math.min(numberIn(search, "k") || HITS, MOST_HITS),
    ask: search.get("ask") === "yes",
    constraints: search.get("conditions") !== "no",
  };
  return [asked, (next) => setSearch(searchOf(next))];
}

function searchOf({ question, document, k, ask, constraints }: AskedHere): Record<string, string> {
  return {
    question,
    ...(document !== "" && { document }),
    ...(k !== HITS && { k: String(k) }),
    ...(ask && { ask: "yes" }),
    ...(!constraints && { conditions: "no" }),
  };
}
