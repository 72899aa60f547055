/** A curated answer as its form holds it. */

import type { NamedAnswer } from "../../api/curated";
import type { Curated } from "../../api/inbox";

const YEAR = 365 * 86_400_000;

export interface Draft {
  readonly name: string;
  readonly all: readonly string[];
  readonly any: readonly string[];
  readonly text: string;
  readonly expires: string;
  readonly proof: "document" | "url";
  readonly document: string | null;
  readonly quote: string;
  readonly url: string;
}

/** The draft of an answer that there is, or of a new one, which is given for a year. */
export function draftOf(answer: NamedAnswer | null): Draft {
  return {
    name: answer?.name ?? "",
    all: answer?.all ?? [],
    any: answer?.any ?? [],
    text: answer?.text ?? "",
    expires: answer?.expires.slice(0, 10) ?? new Date(Date.now() + YEAR).toISOString().slice(0, 10),
    proof: answer?.url === undefined ? "document" : "url",
    document: answer?.document ?? null,
    quote: answer?.quote ?? "",
    url: answer?.url ?? "",
  };
}

export function isWhole({ name, all, any, text, expires, proof, document, url }: Draft): boolean {
  const proven = proof === "document" ? document !== null : url.trim() !== "";
  return name.trim() !== "" && all.length + any.length > 0 && text.trim() !== "" && expires !== "" && proven;
}

export function answerOf({ all, any, text, expires, proof, document, quote, url }: Draft): Curated {
  const proved = proof === "url" ? { url: url.trim() } : { document: document ?? "", ...(quote.trim() && { quote: quote.trim() }) };
  return { all, any, text: text.trim(), expires, ...proved };
}
