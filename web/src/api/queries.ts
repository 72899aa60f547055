/** What pages read of the server, kept and shared between them. What only one page asks has a file beside this one. */

import { type QueryClient, queryOptions, useQuery } from "@tanstack/react-query";

import { baseUrl, request, requestFile } from "./client";
import type { BaseSummary, ListedDocument, Me, PagePlaces, Passage, WholeDocument } from "./types";

/** Who calls, and what it may do. */
export const ME = queryOptions({
  queryKey: ["me"],
  queryFn: ({ signal }) => request<Me>("/api/me", { signal }),
  staleTime: 60_000,
});

export const BASES = queryOptions({
  queryKey: ["bases"],
  queryFn: async ({ signal }) =>
    (await request<{ knowledge_bases: BaseSummary[] }>("/api/knowledge-bases", { signal })).knowledge_bases,
});

export function documentQuery(base: string, document: string) {
  return queryOptions({
    queryKey: ["base", base, "document", document],
    queryFn: ({ signal }) => request<WholeDocument>(baseUrl(base, "documents", document), { signal }),
  });
}

export function useMe() {
  return useQuery(ME);
}

export function useBases() {
  return useQuery(BASES);
}

export interface Listing {
  readonly documents: readonly ListedDocument[];
  readonly next?: string;
}

/** At most `limit` documents, by id. */
export function useDocuments(base: string, limit: number, enabled = true) {
  return useQuery({
    queryKey: ["base", base, "documents", limit],
    queryFn: ({ signal }) => request<Listing>(baseUrl(base, "documents"), { query: { limit }, signal }),
    enabled,
  });
}

export function useDocument(base: string, document: string) {
  return useQuery(documentQuery(base, document));
}

export function usePassages(base: string, document: string, enabled = true) {
  return useQuery({
    queryKey: ["base", base, "passages", document],
    queryFn: async ({ signal }) =>
      (await request<{ chunks: Passage[] }>(baseUrl(base, "chunks"), { query: { document }, signal })).chunks,
    enabled,
  });
}

/** The very file that a document was read from, where the server still has it. */
export function useOriginal(base: string, document: string, enabled = true) {
  return useQuery({
    queryKey: ["base", base, "file", document],
    queryFn: ({ signal }) => requestFile(baseUrl(base, "file"), { query: { document }, signal }),
    enabled,
    gcTime: 60_000, // it may be large
  });
}

/** Where on the pages of a PDF a stretch of its text stands. */
export function usePlaces(base: string, document: string, start: number, end: number, enabled = true) {
  return useQuery({
    queryKey: ["base", base, "places", document, start, end],
    queryFn: async ({ signal }) =>
      (await request<{ pages: PagePlaces[] }>(baseUrl(base, "places"), { query: { document, start, end }, signal }))
        .pages,
    enabled: enabled && end > start,
  });
}

/** Says that the documents of a knowledge base have changed, so that all that was read of it is read anew. */
export function changed(queries: QueryClient, base: string): Promise<void> {
  void queries.invalidateQueries({ queryKey: ["bases"] });
  return queries.invalidateQueries({ queryKey: ["base", base] });
}
