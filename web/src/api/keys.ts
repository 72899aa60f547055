/** Keys of the tenant: who may call the server, and what for. */

import { useMutation, useQuery } from "@tanstack/react-query";

import { request } from "./client";
import type { Right } from "./types";

export interface Key {
  readonly id: string;
  readonly name: string;
  readonly tenant: string;
  readonly rights: readonly Right[];
  /** Whose documents it sees, beside everyone's; `null`: all. */
  readonly groups: readonly string[] | null;
  /** The sites whose pages alone may use it; `null` where it is a program's or a person's. */
  readonly origins: readonly string[] | null;
  readonly only: string | null;
  readonly created: string;
  readonly revoked: string | null;
}

export interface NewKey {
  readonly name: string;
  readonly rights: readonly Right[];
  readonly groups?: readonly string[];
  readonly origins?: readonly string[];
  readonly only?: string;
}

/** A key just made: its secret is in no later reply. */
export interface MadeKey extends Key {
  readonly secret: string;
}

export function useKeys() {
  return useQuery({
    queryKey: ["keys"],
    queryFn: async ({ signal }) => (await request<{ keys: Key[] }>("/api/keys", { signal })).keys,
  });
}

/** Reads nothing anew by itself: where it was the first key, the page has to sign in before it asks again. */
export function useNewKey() {
  return useMutation({ mutationFn: (body: NewKey) => request<MadeKey>("/api/keys", { method: "POST", body }) });
}

/** Reads nothing anew by itself: where it was the caller's own, the page has to sign out before it asks again. */
export function useRevokeKey() {
  return useMutation({
    mutationFn: (id: string) => request(`/api/keys/${encodeURIComponent(id)}`, { method: "DELETE" }),
  });
}
