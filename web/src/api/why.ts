/** Questions that are looked into: the way of each hit through the stages, and what became of one document. */

import { useQuery } from "@tanstack/react-query";

import { baseUrl, request } from "./client";
import type { Fired } from "./rules";
import type { Found, Hit } from "./types";

export interface LookedInto {
  readonly question: string;
  /** How many hits. */
  readonly k: number;
  /** Whether dates and documents that the question names are conditions. */
  readonly constraints: boolean;
}

export interface Step {
  readonly rank: number;
  readonly score: number;
}

export interface LegScore {
  readonly raw: number | null;
  readonly normalised: number;
  readonly weight: number;
  readonly rank: number | null;
}

export interface WayOfHit extends Hit {
  readonly legs: Readonly<Record<string, LegScore>>;
  readonly stages: Readonly<Record<string, Step>>;
}

/** What of a trace the page shows. */
export interface SearchTrace {
  readonly recall: { readonly candidates: number; readonly legs: Readonly<Record<string, readonly unknown[]>> };
  readonly fuse: { readonly order: readonly { readonly chunk: string; readonly score: number }[] } | null;
  readonly distinct: {
    readonly limit: number;
    readonly seen: readonly { readonly chunk: string; readonly document: string; readonly duplicate_of: string | null }[];
  } | null;
  readonly rerank: {
    readonly stages: readonly {
      readonly stage: string;
      readonly before: readonly string[];
      readonly read: readonly { readonly chunk: string; readonly score: number | null }[];
      readonly unread: readonly string[];
      readonly after: readonly { readonly chunk: string; readonly score: number }[];
    }[];
  };
  readonly hits: readonly { readonly chunk: string; readonly document: string }[];
}

export interface Explained extends Omit<Found, "hits"> {
  readonly rewritten: string | null;
  readonly intent: string | null;
  readonly constraints: readonly string[];
  readonly hits: readonly WayOfHit[];
  readonly rules: readonly Fired[];
  readonly timings_ms: Readonly<Record<string, number>>;
  readonly weights?: Readonly<Record<string, number>>;
  readonly stages: readonly string[];
  readonly trace: SearchTrace;
}

export interface LegRank {
  readonly rank: number | null;
  readonly score: number | null;
  readonly needed: number | null;
  readonly searched: number;
}

/** A change that was tried and brings the document in. */
export interface Change {
  readonly change: string;
  readonly settings: Readonly<Record<string, number | string | null>>;
  readonly filter: unknown;
  readonly without: { readonly phrases: readonly string[]; readonly rules: readonly string[] };
  readonly rank: number;
}

export interface Verdict {
  readonly question: string;
  readonly document: string;
  readonly stage: string;
  readonly reason: string;
  readonly rank: number | null;
  readonly before: number | null;
  readonly after: number | null;
  readonly score: number | null;
  readonly needed: number | null;
  readonly legs: Readonly<Record<string, LegRank>>;
  readonly stages: Readonly<Record<string, Step>>;
  readonly duplicate_of: string | null;
  readonly conditions: readonly string[];
  readonly near: readonly string[];
  readonly changes: readonly Change[];
  readonly disabled: number;
}

/** A search with all that each stage did. It is asked again only where documents or rules changed. */
export function useExplained(base: string, { question, k, constraints }: LookedInto) {
  return useQuery({
    queryKey: ["base", base, "explained", question, k, constraints],
    queryFn: ({ signal }) =>
      request<Explained>(baseUrl(base, "search"), {
        method: "POST",
        body: { question, k, constraints, explain: true, trace: true },
        signal,
      }),
    enabled: question !== "",
    staleTime: Infinity,
  });
}

/** The stage that lost a document. `ask`: on its way into an answer, and not only into a search. */
export function useVerdict(base: string, { question, k, constraints }: LookedInto, document: string, ask: boolean) {
  return useQuery({
    queryKey: ["base", base, "why", question, document, k, constraints, ask],
    queryFn: ({ signal }) =>
      request<Verdict>(baseUrl(base, "why"), {
        method: "POST",
        body: { question, document, k, constraints, ask },
        signal,
      }),
    enabled: question !== "" && document !== "",
    staleTime: Infinity,
  });
}
