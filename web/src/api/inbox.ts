/** Questions that were not answered, conversations that a person is to go on with, and the answers that people write. */

import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { words } from "../language";
import { baseUrl, request } from "./client";
import { Failure } from "./failure";
import { type Job, isOver, whyFailed } from "./library";
import { changed } from "./queries";
import type { Turn } from "./types";
import { upload } from "./upload";

const LOOK = 700; // milliseconds between two looks at a job
const MOST = 500; // questions
const HANDOFFS = 50; // of one reply
const FEEDBACK = 50; // of one reply

export interface NearSection {
  readonly document: string;
  readonly title: string;
  readonly headings: readonly string[];
  readonly chunk: string;
}

export interface Unanswered {
  readonly id: string;
  readonly question: string;
  readonly language: string;
  readonly times: number;
  readonly first: string;
  readonly last: string;
  readonly decision: string;
  readonly reason: string;
  readonly nearest: readonly NearSection[];
}

export interface Handoff {
  readonly id: string;
  readonly time: string;
  readonly key: string;
  readonly conversation: readonly Turn[];
  readonly passages: readonly { readonly title: string; readonly heading: string; readonly quote: string }[];
  readonly reason: string;
  readonly contact: string;
  readonly language: string;
}

/** What somebody said of an answer. */
export interface Said {
  readonly n: number;
  /** Seconds since 1970. */
  readonly time: number;
  readonly verdict: "right" | "wrong";
  readonly question?: string;
  readonly answer?: string;
  readonly correction?: string;
  readonly trace_id?: string;
}

export interface Curated {
  readonly all: readonly string[];
  readonly any: readonly string[];
  readonly text: string;
  /** The last day on which it is given. */
  readonly expires: string;
  readonly document?: string;
  readonly quote?: string;
  readonly url?: string;
}

export function useInbox(base: string) {
  return useQuery({
    queryKey: ["base", base, "inbox"],
    queryFn: async ({ signal }) =>
      (await request<{ questions: Unanswered[] }>(baseUrl(base, "inbox"), { query: { limit: MOST }, signal }))
        .questions,
  });
}

/** Marks a question as done, or takes that back. */
export function useDone(base: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ id, done }: { id: string; done: boolean }) =>
      done
        ? request(baseUrl(base, "inbox", id), { method: "DELETE" })
        : request(baseUrl(base, "inbox", id, "restore"), { method: "POST" }),
    onSettled: () => queries.invalidateQueries({ queryKey: ["base", base, "inbox"] }),
  });
}

interface SaidPage {
  readonly feedback: readonly Said[];
}

export function useSaid(base: string) {
  return useInfiniteQuery({
    queryKey: ["base", base, "feedback"],
    initialPageParam: null as number | null,
    queryFn: ({ pageParam, signal }) =>
      request<SaidPage>(baseUrl(base, "feedback"), { query: { limit: FEEDBACK, before: pageParam }, signal }),
    getNextPageParam: ({ feedback }) => (feedback.length < FEEDBACK ? null : (feedback.at(-1)?.n ?? null)),
  });
}

interface HandoffPage {
  readonly handoffs: readonly Handoff[];
  readonly next?: string;
}

export function useHandoffs(base: string) {
  return useInfiniteQuery({
    queryKey: ["base", base, "handoffs"],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) =>
      request<HandoffPage>(baseUrl(base, "handoffs"), { query: { limit: HANDOFFS, after: pageParam }, signal }),
    getNextPageParam: (last) => last.next ?? null,
  });
}

export function useCuratedAnswer(base: string) {
  return useMutation({
    mutationFn: ({ name, answer }: { name: string; answer: Curated }) =>
      request(baseUrl(base, "curated-answers", name), { method: "PUT", body: answer }),
  });
}

/** Brings a text in as a document of its own, and waits until it is read. */
export function useWrittenDocument(base: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async ({ name, text }: { name: string; text: string }) => {
      if (await isTaken(base, name)) throw new Failure(words().inbox.document.taken(name), 409, "taken");
      const form = new FormData();
      form.append("files", new File([text], name, { type: "text/markdown" }), name);
      const { signal } = new AbortController();
      const { job } = await upload({ url: baseUrl(base, "documents"), form, signal, onProgress: () => undefined });
      await read(job, name);
    },
    onSuccess: () => changed(queries, base),
  });
}

async function isTaken(base: string, name: string): Promise<boolean> {
  try {
    await request(baseUrl(base, "text"), { query: { document: name, end: 1 } });
    return true;
  } catch (error) {
    if (error instanceof Failure && error.status === 404) return false;
    throw error;
  }
}

async function read(id: string, name: string): Promise<void> {
  for (;;) {
    const job = await request<Job>(`/api/jobs/${encodeURIComponent(id)}`);
    if (isOver(job)) {
      const why = job.error?.message ?? job.report?.failed[name];
      if (why !== undefined) throw new Failure(whyFailed(name, why), 422, "unreadable");
      if (job.report === null) throw new Failure(words().inbox.document.cancelled, 409, "cancelled");
      return;
    }
    await new Promise((done) => window.setTimeout(done, LOOK));
  }
}
