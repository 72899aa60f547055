/** Addresses of documents and of passages in them, and how people are told where something stands. */

import { useLocation } from "react-router";

import type { Words } from "../language";

export interface Spot {
  readonly document: string;
  /** Characters of the document's text; empty where the whole document is meant. */
  readonly start: number;
  readonly end: number;
}

/** Where a passage is opened. A name that a browser would read as another path is escaped whole. */
export function addressOfSpot(base: string, spot: Spot): string {
  const parts = spot.document.split("/");
  const plain = parts.every((part) => part !== "" && part !== "." && part !== "..");
  const name = plain ? parts.map(encodeURIComponent).join("/") : encodeURIComponent(spot.document);
  return `/kb/${encodeURIComponent(base)}/documents/${name}${searchOf(spot)}`;
}

function searchOf({ start, end }: Spot): string {
  return end > start ? `?start=${start}&end=${end}` : "";
}

/** The document that the address names: read from the address itself, for a router would decode a name twice. */
export function useDocumentInAddress(): string {
  return documentIn(useLocation().pathname);
}

export function documentIn(pathname: string): string {
  return read(pathname.split("/documents/").slice(1).join("/documents/"));
}

/** A part of an address as it is meant; as it stands where nobody can read it. */
export function read(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** A whole number of an address, or 0. */
export function numberIn(search: URLSearchParams, name: string): number {
  const value = Number(search.get(name));
  return Number.isSafeInteger(value) && value > 0 ? value : 0;
}

/** The last part of a document's name. */
export function fileName(document: string): string {
  return document.split("/").filter(Boolean).at(-1) ?? document;
}

interface Standing {
  readonly page: number | null;
  readonly sheet: string | null;
  readonly row: number | null;
}

/** "page 3", "sheet Prices, row 7". */
export function whereabouts(words: Words, { page, sheet, row }: Standing): string {
  const { document } = words;
  const parts = [
    page === null ? "" : document.page(page),
    sheet === null ? "" : document.sheet(sheet),
    row === null ? "" : document.row(row),
  ];
  return parts.filter(Boolean).join(document.comma);
}

/** The quote that a citation gave along, which no link has. */
export function quoteIn(state: unknown): string | null {
  const quote = typeof state === "object" && state !== null && "quote" in state ? state.quote : null;
  return typeof quote === "string" ? quote : null;
}
