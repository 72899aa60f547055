/** What a knowledge base is set to, how it stands, its snapshots, and its end. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { baseUrl, request, requestFile } from "./client";
import { changed } from "./queries";

export interface Health {
  readonly documents: number;
  readonly chunks: number;
  readonly version: number;
  readonly model: string;
  /** One sentence each. */
  readonly problems: readonly string[];
}

export interface Snapshot {
  readonly name: string;
  readonly made: string;
  readonly documents: number;
  readonly passages: number;
  readonly version: number;
  readonly model: string;
}

/** The text of wenyuan.toml; empty where there is none. */
export function useSettings(base: string) {
  return useQuery({
    queryKey: ["base", base, "settings"],
    queryFn: async ({ signal }) => (await request<{ toml: string }>(baseUrl(base, "settings"), { signal })).toml,
    staleTime: Infinity, // it is not to change below whoever writes it
  });
}

/** Writes the settings and opens the knowledge base with them; `broken` is what that failed at, though they are kept. */
export function useSaveSettings(base: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (toml: string) => {
      await request(baseUrl(base, "settings"), { method: "PUT", body: { toml } });
      queries.setQueryData(["base", base, "settings"], toml);
      const broken = await request(baseUrl(base)).then(() => null, (error: unknown) => error);
      return { broken };
    },
    onSuccess: () => changed(queries, base),
  });
}

export function useHealth(base: string) {
  return useQuery({
    queryKey: ["base", base, "health"],
    queryFn: ({ signal }) => request<Health>(baseUrl(base, "health"), { signal }),
  });
}

export function useSnapshots(base: string) {
  return useQuery({
    queryKey: ["base", base, "snapshots"],
    queryFn: async ({ signal }) =>
      (await request<{ snapshots: Snapshot[] }>(baseUrl(base, "snapshots"), { signal })).snapshots,
  });
}

export function useTakeSnapshot(base: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (name: string) => request<Snapshot>(baseUrl(base, "snapshots"), { method: "POST", body: { name } }),
    onSettled: () => queries.invalidateQueries({ queryKey: ["base", base, "snapshots"] }),
  });
}

/** Has the knowledge base be what it was; what it is becomes the snapshot `before`. */
export function useRollBack(base: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (name: string) =>
      request<{ before: Snapshot }>(baseUrl(base, "snapshots", name, "restore"), { method: "POST" }),
    onSettled: () => changed(queries, base),
  });
}

export function useDropSnapshot(base: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (name: string) => request(baseUrl(base, "snapshots", name), { method: "DELETE" }),
    onSettled: () => queries.invalidateQueries({ queryKey: ["base", base, "snapshots"] }),
  });
}

export function useBackup(base: string) {
  return useMutation({ mutationFn: () => requestFile(baseUrl(base, "backup")) });
}

export function useDeleteBase(base: string) {
  return useMutation({ mutationFn: () => request(baseUrl(base), { method: "DELETE" }) });
}
