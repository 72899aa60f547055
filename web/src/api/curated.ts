/** The answers that people wrote, each a rule. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { baseUrl, request } from "./client";
import type { Curated } from "./inbox";
import { changed } from "./queries";

export interface NamedAnswer extends Omit<Curated, "all" | "any"> {
  readonly name: string;
  readonly all?: readonly string[];
  readonly any?: readonly string[];
  /** Why nobody gets it, as things stand. */
  readonly problems: readonly string[];
}

export function useCuratedAnswers(base: string) {
  return useQuery({
    queryKey: ["base", base, "curated"],
    queryFn: async ({ signal }) =>
      (await request<{ answers: NamedAnswer[] }>(baseUrl(base, "curated-answers"), { signal })).answers,
  });
}

export function curatedUrl(base: string, name: string): string {
  return baseUrl(base, "curated-answers", name);
}

export function useWrittenAnswer(base: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ name, answer }: { name: string; answer: Curated }) =>
      request<NamedAnswer>(curatedUrl(base, name), { method: "PUT", body: answer }),
    onSuccess: () => changed(queries, base),
  });
}
