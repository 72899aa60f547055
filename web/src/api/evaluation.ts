/** Question sets, and runs that measure a knowledge base by them. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

import { baseUrl, request, respond } from "./client";
import { isAbort } from "./failure";
import type { JobState } from "./library";
import { events } from "./stream";

const SOON = 2_000; // milliseconds between two looks at runs whose events do not come

export interface QuestionSet {
  readonly name: string;
  readonly questions: number;
  readonly changed: string;
}

export interface WholeSet extends QuestionSet {
  readonly jsonl: string;
}

export type Measure = "answers" | "search";

export interface Run {
  readonly id: string;
  readonly question_set: string;
  readonly measure: Measure;
  readonly state: JobState;
  readonly progress: { readonly done: number; readonly total: number | null } | null;
  readonly error: { readonly message: string } | null;
  readonly figures: Readonly<Record<string, number | null>> | null;
  readonly created: string;
  readonly ended: string | null;
}

export type Interval = readonly [number | null, number | null] | null;

export interface AskedInRun {
  readonly id: string;
  readonly question: string;
  readonly right?: boolean;
  readonly near_miss?: boolean;
  readonly answered?: boolean;
  readonly confidence?: number;
  readonly metrics?: Readonly<Record<string, number>>;
  readonly ranks?: Readonly<Record<string, number | null>>;
}

/** What a run measured; of answers the figures stand in it by name, of a search in `metrics`. */
export interface RunRecord {
  readonly n: number;
  readonly intervals: Readonly<Record<string, Interval>>;
  readonly metrics?: Readonly<Record<string, number>>;
  readonly latency_ms: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly stages?: readonly {
    readonly name: string;
    readonly metrics: Readonly<Record<string, number>>;
    readonly gain: Gap | null;
  }[];
  readonly questions: readonly AskedInRun[];
  readonly changed: boolean;
  readonly version: string;
}

/** A paired difference. */
export interface Gap {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  readonly p: number;
}

export interface Comparison {
  readonly run: string;
  readonly n: number;
  readonly left_out: number;
  readonly means: Readonly<Record<string, readonly [number, number]>>;
  readonly differences: Readonly<Record<string, Gap>>;
  readonly wins: number;
  readonly losses: number;
  readonly ties: number;
  readonly changes: readonly {
    readonly id: string;
    readonly question: string;
    readonly before: number;
    readonly after: number;
  }[];
}

export interface WholeRun extends Run {
  readonly record: RunRecord | null;
  readonly against?: Comparison;
}

export function goesOn(run: Run): boolean {
  return run.state === "queued" || run.state === "running";
}

export function useSets(base: string) {
  return useQuery({
    queryKey: ["base", base, "sets"],
    queryFn: async ({ signal }) =>
      (await request<{ question_sets: QuestionSet[] }>(baseUrl(base, "question-sets"), { signal })).question_sets,
  });
}

export function setUrl(base: string, name: string): string {
  return baseUrl(base, "question-sets", name);
}

export function useSet(base: string, name: string | null) {
  return useQuery({
    queryKey: ["base", base, "sets", name],
    queryFn: ({ signal }) => request<WholeSet>(setUrl(base, name ?? ""), { signal }),
    enabled: name !== null,
  });
}

export function useWrittenSet(base: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ name, jsonl }: { name: string; jsonl: string }) =>
      request<WholeSet>(setUrl(base, name), { method: "PUT", body: { jsonl } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["base", base, "sets"] }),
  });
}

export function useRuns(base: string) {
  return useQuery({
    queryKey: runsKey(base),
    queryFn: async ({ signal }) =>
      (await request<{ evaluations: Run[] }>(baseUrl(base, "evaluations"), { signal })).evaluations,
    refetchInterval: ({ state }) => (state.data?.some(goesOn) ? SOON : false),
  });
}

function runsKey(base: string): readonly string[] {
  return ["base", base, "runs"];
}

export function runUrl(base: string, id: string): string {
  return baseUrl(base, "evaluations", id);
}

export function useRun(base: string, id: string, against: string | null) {
  return useQuery({
    queryKey: ["base", base, "run", id, against],
    queryFn: ({ signal }) => request<WholeRun>(runUrl(base, id), { query: { against }, signal }),
    placeholderData: (before) => (before?.id === id ? before : undefined),
  });
}

export function useBegunRun(base: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ name, measure }: { name: string; measure: Measure }) =>
      request<{ evaluation: string }>(baseUrl(base, "question-sets", name, "run"), { method: "POST", body: { measure } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: runsKey(base) }),
  });
}

export function useStoppedRun(base: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => request(`/api/jobs/${encodeURIComponent(id)}`, { method: "DELETE" }),
    onSettled: () => queries.invalidateQueries({ queryKey: runsKey(base) }),
  });
}

type Told = Pick<Run, "state" | "progress">;

/** Follows a run that goes on, so that the list shows how far it is as that changes. */
export function useFollowed(base: string, id: string, follows: boolean): void {
  const queries = useQueryClient();
  useEffect(() => {
    if (!follows) return;
    const stopping = new AbortController();
    const told = ({ state, progress }: Told) =>
      queries.setQueryData(runsKey(base), (known: Run[] | undefined) =>
        known?.map((run) => (run.id === id ? { ...run, state, progress } : run)),
      );
    follow(id, stopping.signal, told)
      .catch((error: unknown) => isAbort(error)) // the list is looked at now and then, too
      .finally(() => stopping.signal.aborted || queries.invalidateQueries({ queryKey: runsKey(base) }));
    return () => stopping.abort();
  }, [queries, base, id, follows]);
}

async function follow(id: string, signal: AbortSignal, told: (run: Told) => void): Promise<void> {
  for await (const event of events(`/api/jobs/${encodeURIComponent(id)}/events`, { signal }, "end")) {
    if (event.name === "progress") told(event.data as Told);
  }
}

/** The page of a run, as text: it is shown where its scripts do not run. */
export function useReport(base: string, id: string, enabled: boolean) {
  return useQuery({
    queryKey: ["base", base, "report", id],
    queryFn: async ({ signal }) => (await respond(baseUrl(base, "evaluations", id, "report"), { signal })).text(),
    enabled,
    gcTime: 60_000,
  });
}
