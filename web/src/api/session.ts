/** The key of whoever uses the page. It is no cookie: other sites cannot make the browser send it. */

import { useSyncExternalStore } from "react";

const KEPT = "wenyuan/key";
const heard = new Set<() => void>();

export interface Session {
  readonly key: string | null;
  /** Whether the server wants a key, and whether it turned one away. */
  readonly wanted: "no" | "missing" | "wrong";
}

let session: Session = { key: sessionStorage.getItem(KEPT) ?? localStorage.getItem(KEPT), wanted: "no" };

function change(next: Session): void {
  session = next;
  for (const each of heard) each();
}

export function currentKey(): string | null {
  return session.key;
}

/** Use a key from now on; `remember` keeps it after the browser is closed. */
export function signIn(key: string, remember: boolean): void {
  forget();
  (remember ? localStorage : sessionStorage).setItem(KEPT, key);
  change({ key, wanted: "no" });
}

export function signOut(): void {
  forget();
  change({ key: null, wanted: "missing" });
}

/** Says that the server turned a request with `key` away. */
export function turnedAway(key: string | null): void {
  if (key === session.key) change({ key, wanted: key === null ? "missing" : "wrong" });
}

function forget(): void {
  sessionStorage.removeItem(KEPT);
  localStorage.removeItem(KEPT);
}

function onSession(changed: () => void): () => void {
  heard.add(changed);
  return () => heard.delete(changed);
}

export function useSession(): Session {
  return useSyncExternalStore(onSession, () => session);
}
