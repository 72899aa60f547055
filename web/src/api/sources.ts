/** What a knowledge base is kept in step with. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { baseUrl, request } from "./client";
import type { JobState } from "./library";
import type { MetadataValue } from "./types";

const SOON = 2_000; // milliseconds between two looks while one is read
const SLOWLY = 20_000;

export type SourceKind = "folder" | "web" | "site" | "sitemap" | "fsspec";

/** What the last whole look found. */
interface Found {
  readonly added?: number;
  readonly changed?: number;
  readonly unchanged?: number;
  readonly notes?: readonly string[];
}

export interface Source {
  readonly name: string;
  readonly kind: SourceKind;
  readonly location: string;
  readonly metadata: Readonly<Record<string, MetadataValue>>;
  readonly exclude: readonly string[];
  readonly hosts: readonly string[];
  /** Seconds between two looks. */
  readonly every: number;
  readonly credentials: boolean;
  readonly paused: boolean;
  readonly created: string;
  readonly next: string;
  readonly done: string | null;
  readonly error: string | null;
  readonly found: Found;
  readonly documents: number;
  readonly failures: number;
  readonly job: string | null;
  readonly state: JobState | null;
}

export interface SourceFailure {
  readonly item: string;
  readonly document: string | null;
  readonly why: string;
  readonly stage: "fetch" | "read";
  readonly tries: number;
  readonly first: string;
  readonly last: string;
  readonly next: string | null;
}

export interface NewSource {
  readonly name: string;
  readonly location: string;
  readonly kind: SourceKind;
  readonly metadata: Readonly<Record<string, MetadataValue>>;
  readonly exclude: readonly string[];
  readonly hosts: readonly string[];
  readonly every: number;
  readonly credentials: Readonly<Record<string, unknown>>;
  readonly paused: boolean;
}

export function isAtWork(source: Source): boolean {
  return source.state === "queued" || source.state === "running";
}

/** How many documents a source has; the server counts those of a folder with each look. */
export function documentsOf({ kind, documents, found }: Source): number {
  return kind === "folder" ? (found.added ?? 0) + (found.changed ?? 0) + (found.unchanged ?? 0) : documents;
}

export function useSources(base: string) {
  return useQuery({
    queryKey: ["base", base, "sources"],
    queryFn: async ({ signal }) => (await request<{ sources: Source[] }>(baseUrl(base, "sources"), { signal })).sources,
    refetchInterval: ({ state }) => (state.data?.some(isAtWork) ? SOON : SLOWLY),
  });
}

export function useSourceFailures(base: string, source: Source, enabled: boolean) {
  return useQuery({
    queryKey: ["base", base, "sources", source.name, "failures", source.failures, source.done],
    queryFn: async ({ signal }) =>
      (await request<{ failures: SourceFailure[] }>(baseUrl(base, "sources", source.name, "failures"), { signal }))
        .failures,
    enabled,
  });
}

export function useNewSource(base: string) {
  return useChange(base, (body: NewSource) => request<Source>(baseUrl(base, "sources"), { method: "POST", body }));
}

export function useRunSource(base: string) {
  return useChange(base, (name: string) => request(baseUrl(base, "sources", name, "run"), { method: "POST" }));
}

export function usePauseSource(base: string) {
  return useChange(base, ({ name, paused }: { name: string; paused: boolean }) =>
    request(baseUrl(base, "sources", name), { method: "PATCH", body: { paused } }),
  );
}

/** Removes a source; `keep`: its documents stay. */
export function useRemoveSource(base: string) {
  return useChange(base, ({ name, keep }: { name: string; keep: boolean }) =>
    request(baseUrl(base, "sources", name), { method: "DELETE", query: { keep: String(keep) } }),
  );
}

function useChange<Given, Made>(base: string, mutationFn: (given: Given) => Promise<Made>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn,
    onSettled: () => queries.invalidateQueries({ queryKey: ["base", base, "sources"] }),
  });
}
