/** Training runs in the server's folder, and their curves. */

import { useQuery } from "@tanstack/react-query";

import { request } from "./client";

const SLOWLY = 15_000; // milliseconds between two looks at what may still go on

export interface TrainingRun {
  readonly name: string;
  /** `null` where it cannot be read, which `error` tells. */
  readonly state: "done" | "unfinished" | null;
  readonly kind: string | null;
  readonly started: string | null;
  /** When something was last logged. */
  readonly changed: string | null;
  readonly step: number | null;
  readonly error: { readonly message: string } | null;
}

export type Point = readonly [step: number, value: number];

export interface WholeRun extends TrainingRun {
  /** What is known of it once it is done. */
  readonly record: Readonly<Record<string, unknown>> | null;
  readonly curves: Readonly<Record<string, readonly Point[]>>;
}

export function useTrainingRuns() {
  return useQuery({
    queryKey: ["training-runs"],
    queryFn: async ({ signal }) =>
      (await request<{ training_runs: TrainingRun[] }>("/api/training-runs", { signal })).training_runs,
    refetchInterval: ({ state }) => (state.data?.some((run) => run.state === "unfinished") ? SLOWLY : false),
  });
}

export function useTrainingRun(name: string) {
  return useQuery({
    queryKey: ["training-runs", name],
    queryFn: ({ signal }) => request<WholeRun>(`/api/training-runs/${encodeURIComponent(name)}`, { signal }),
    refetchInterval: ({ state }) => (state.data?.state === "unfinished" ? SLOWLY : false),
  });
}
