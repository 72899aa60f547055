/** An answer as text to be pasted elsewhere, with what it rests on. */

import type { Answer } from "../../api/types";
import type { Words } from "../../language";
import { addressOfSpot, fileName, whereabouts } from "../../shared/places";

export function asText(words: Words, base: string, answer: Answer): string {
  if (answer.citations.length === 0) return answer.answer;
  const sources = answer.citations.map((citation) => {
    const standing = [
      fileName(citation.document),
      citation.heading.replaceAll(" > ", " › "),
      whereabouts(words, citation),
    ];
    const address = `${window.location.origin}/ui${addressOfSpot(base, citation)}`;
    return `[${citation.n}] ${standing.filter(Boolean).join(" · ")}\n    ${address}`;
  });
  return [answer.answer, "", words.ask.sources, ...sources].join("\n");
}
