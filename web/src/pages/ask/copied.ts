/** An answer as text to be pasted elsewhere, with what it rests on. */

import type { Answer, Citation } from "../../api/types";
import type { Words } from "../../language";
import { addressOfSpot, fileName, whereabouts } from "../../shared/places";

export function asText(words: Words, base: string, answer: Answer): string {
  if (answer.citations.length === 0) return answer.answer;
  const sources = answer.citations.map(
    (citation) => `[${citation.n}] ${standingOf(words, citation)}\n    ${addressOfSource(base, citation)}`,
  );
  return [answer.answer, "", words.ask.sources, ...sources].join("\n");
}

/** The document, the heading and the page of a citation. */
export function standingOf(words: Words, citation: Citation): string {
  const parts = [fileName(citation.document), citation.heading.replaceAll(" > ", " › "), whereabouts(words, citation)];
  return parts.filter(Boolean).join(" · ");
}

/** Where its passage is opened, also from elsewhere. */
export function addressOfSource(base: string, citation: Citation): string {
  return `${window.location.origin}/ui${addressOfSpot(base, citation)}`;
}
