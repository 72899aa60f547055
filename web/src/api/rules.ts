/** The rules of a knowledge base: their text, what they are, and what they would do. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { useLanguage } from "../language";
import { baseUrl, request } from "./client";
import { Failure } from "./failure";
import { changed } from "./queries";
import type { Answer, Hit } from "./types";

export interface RuleInfo {
  readonly name: string;
  readonly active: boolean;
  readonly why_not: string | null;
  readonly when: string;
  readonly actions: readonly string[];
  readonly answer_expired: boolean;
}

export interface CheckedRules {
  readonly rules: readonly RuleInfo[];
  readonly tests: number;
}

export interface Fired {
  readonly rule: string;
  readonly action: string;
  readonly effect: string;
}

/** A question under rules; `was` is a hit's rank without them. */
export interface RuleTrial {
  readonly question: string;
  readonly rules: readonly { readonly name: string; readonly fires: boolean; readonly why_not: string | null }[];
  readonly effects: readonly Fired[];
  readonly hits: readonly (Hit & { readonly was: number | null })[];
  readonly gone: readonly Hit[];
  readonly answer: Answer | null;
  readonly notes: readonly string[];
}

export interface RuleTests {
  readonly passed: number;
  readonly failed: number;
  readonly tests: readonly { readonly question: string; readonly passed: boolean; readonly problems: readonly string[] }[];
}

export interface Proposal {
  /** The rule alone. */
  readonly toml: string;
  /** The whole file with it. */
  readonly rules: string;
  readonly name: string;
  readonly rank: number;
  readonly sentence: string;
}

export function useRules(base: string) {
  return useQuery({ queryKey: ["base", base, "rules"], queryFn: () => readRules(base), refetchOnMount: "always" });
}

/** Reads them anew, for every reader of them. */
export function useReread(base: string): () => Promise<string> {
  const queries = useQueryClient();
  return () => queries.fetchQuery({ queryKey: ["base", base, "rules"], queryFn: () => readRules(base), staleTime: 0 });
}

export async function readRules(base: string): Promise<string> {
  return (await request<{ toml: string }>(baseUrl(base, "rules"))).toml;
}

function writeRules(base: string, toml: string): Promise<unknown> {
  return request(baseUrl(base, "rules"), { method: "PUT", body: { toml } });
}

export interface Replacing {
  /** The text that was read; another one now means that somebody else wrote meanwhile. */
  readonly from: string;
  readonly to: string;
}

/** Whether somebody else wrote the rules meanwhile. */
export function isOvertaken(error: unknown): boolean {
  return error instanceof Failure && error.code === "overtaken";
}

/** Writes other rules in the place of those that were read. `overtaken` is what is said where these are others by now. */
export function useRulesChange(base: string, overtaken: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async ({ from, to }: Replacing) => {
      if ((await readRules(base)) !== from) throw new Failure(overtaken, 409, "overtaken");
      await writeRules(base, to);
    },
    onSuccess: (_, { to }) => {
      queries.setQueryData(["base", base, "rules"], to);
      return changed(queries, base);
    },
  });
}

/** What rules are, or what is wrong with them; `text` is `null` while it is not known. */
export function useCheckedRules(base: string, text: string | null) {
  const language = useLanguage(); // what is wrong is told in it
  return useQuery({
    queryKey: ["checked rules", base, text, language],
    queryFn: ({ signal }) =>
      request<CheckedRules>(baseUrl(base, "rules", "check"), { method: "POST", body: { rules: text }, signal }),
    enabled: text !== null,
    gcTime: 30_000,
  });
}

/** The line that a sentence about rules means. */
export function lineOf(error: unknown): number | null {
  const line = error instanceof Failure && error.code === "not_valid" ? Number(error.param) : 0;
  return Number.isSafeInteger(line) && line > 0 ? line : null;
}

/** Without `rules`, those that hold. */
export function useRuleTrial(base: string) {
  return useMutation({
    mutationFn: (asked: { rules: string | null; question: string }) =>
      request<RuleTrial>(baseUrl(base, "rules", "test"), { method: "POST", body: asked }),
  });
}

export function useRuleTests(base: string) {
  return useMutation({
    mutationFn: (rules: string) =>
      request<RuleTests>(baseUrl(base, "rules", "test"), { method: "POST", body: { rules } }),
  });
}

export interface Wanted {
  readonly question: string;
  readonly document: string;
  readonly k: number;
  readonly ask: boolean;
  readonly constraints: boolean;
  readonly change: number;
}

/** A rule that brings a document in; nothing is written yet. */
export function useProposal(base: string) {
  return useMutation({
    mutationFn: (wanted: Wanted) =>
      request<Proposal>(baseUrl(base, "rules", "propose"), { method: "POST", body: wanted }),
  });
}
