/** Where documents are opened in the library. */

import { useLocation } from "react-router";

import { addressOfSpot } from "../../shared/places";

export function addressOfLibrary(base: string, folder = ""): string {
  const search = folder === "" ? "" : `?folder=${encodeURIComponent(folder)}`;
  return `/kb/${encodeURIComponent(base)}/library${search}`;
}

/** A document beside its passages. */
export function addressInLibrary(base: string, document: string): string {
  const whole = addressOfSpot(base, { document, start: 0, end: 0 });
  return addressOfLibrary(base) + whole.slice(`/kb/${encodeURIComponent(base)}/documents`.length);
}

/** The document that the address names, or `null`: read from the address itself, for a router would decode it twice. */
export function useOpenDocument(): string | null {
  const after = /^\/kb\/[^/]+\/library\/(.+)$/.exec(useLocation().pathname)?.[1];
  if (after === undefined) return null;
  try {
    return decodeURIComponent(after);
  } catch {
    return after;
  }
}
