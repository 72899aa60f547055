/** What the library asks of the server: all documents, jobs, and what people made of passages and fields. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { baseUrl, request } from "./client";
import { changed, type Listing } from "./queries";
import type { ListedDocument, MetadataValue, Passage, WholeDocument } from "./types";

const AT_ONCE = 5_000; // documents of one reply
const JOBS = 200;
const SOON = 1_500; // milliseconds between two looks while a job runs

/** What became of files and documents in one job, by the ids of documents. */
export interface Report {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly moved: readonly (readonly [string, string])[];
  readonly deleted: readonly string[];
  readonly unchanged: number;
  readonly failed: Readonly<Record<string, string>>;
  readonly passed_over: Readonly<Record<string, number>>;
  /** Each begins with the document that it is about, and a colon. */
  readonly warnings: readonly string[];
}

export interface Progress {
  readonly done: number;
  readonly total: number | null;
  readonly document: string;
  readonly part: number | null;
}

export type JobState = "queued" | "running" | "done" | "failed" | "cancelled";

export interface Job {
  readonly id: string;
  readonly kb: string;
  readonly kind: string;
  readonly state: JobState;
  readonly progress: Progress | null;
  readonly report: Report | null;
  readonly error: { readonly message: string } | null;
  readonly created: string;
  readonly changed: string;
}

export interface Correction {
  readonly id: string;
  readonly state: "applied" | "orphaned";
  readonly document: string;
  readonly chunk: string | null;
  readonly headings: readonly string[];
  readonly original: string;
  readonly made: string;
  readonly disabled: boolean;
  readonly corrected: string | null;
}

/** A passage after a change, with those that repeat a part of it. */
export interface ChangedPassage extends Passage {
  readonly overlaps?: readonly string[];
}

export interface PassageChange {
  readonly disabled?: boolean;
  /** `null` gives the passage its own text again. */
  readonly text?: string | null;
}

export function isOver(job: Job): boolean {
  return job.state === "done" || job.state === "failed" || job.state === "cancelled";
}

/** Every document that the caller sees, by id. */
export function useLibrary(base: string) {
  return useQuery({
    queryKey: ["base", base, "documents", "all"],
    queryFn: async ({ signal }) => {
      const found: ListedDocument[] = [];
      for (let after: string | undefined; ;) {
        const query = { limit: AT_ONCE, after };
        const part: Listing = await request(baseUrl(base, "documents"), { query, signal });
        found.push(...part.documents);
        if (part.next === undefined) return found;
        after = part.next;
      }
    },
  });
}

/** The newest jobs of a knowledge base, looked at again while one of them runs. */
export function useJobs(base: string, enabled: boolean) {
  return useQuery({
    queryKey: ["base", base, "jobs"],
    queryFn: async ({ signal }) => {
      const all = (await request<{ jobs: Job[] }>("/api/jobs", { query: { limit: JOBS }, signal })).jobs;
      return all.filter((job) => job.kb === base);
    },
    refetchInterval: ({ state }) => (state.data?.every(isOver) === false ? SOON : false),
    enabled,
  });
}

export function useCorrections(base: string) {
  return useQuery({
    queryKey: ["base", base, "corrections"],
    queryFn: async ({ signal }) =>
      (await request<{ corrections: Correction[] }>(baseUrl(base, "corrections"), { signal })).corrections,
  });
}

/** Disables a passage, gives it another text, or takes that back. */
export function usePassageChange(base: string, document: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ chunk, change }: { chunk: string; change: PassageChange }) =>
      request<ChangedPassage>(baseUrl(base, "chunks", chunk), { method: "PATCH", body: change }),
    onSuccess: async (passage, { chunk }) => {
      queries.setQueryData(["base", base, "passages", document], (known: Passage[] | undefined) =>
        known?.map((each) => (each.chunk === chunk ? passage : each)),
      );
      await queries.invalidateQueries({ queryKey: ["base", base, "corrections"] });
    },
  });
}

/** Adds fields to those of a document; one that is `null` is taken from it. */
export function useFields(base: string, document: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (metadata: Readonly<Record<string, MetadataValue>>) =>
      request<WholeDocument>(baseUrl(base, "documents", document), { method: "PATCH", body: { metadata } }),
    onSuccess: () => changed(queries, base),
  });
}

/** Has everything looked at again: new, changed, moved and deleted files. */
export function useSync(base: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => request<{ job: string }>(baseUrl(base, "sync"), { method: "POST", body: {} }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["base", base, "jobs"] }),
  });
}

/** What a job's report says of the reading of one document, without its name. */
export function warningsAbout(report: Report, document: string): string[] {
  const begun = `${document}: `;
  return report.warnings.filter((each) => each.startsWith(begun)).map((each) => each.slice(begun.length));
}

/** Why a document could not be read, without its name. */
export function whyFailed(document: string, sentence: string): string {
  const begun = `${document}: `;
  return sentence.startsWith(begun) ? sentence.slice(begun.length) : sentence;
}
