/** Requests of a page that goes away: the browser still sends them, where they are small, and nobody hears the reply. */

import { currentKey } from "./session";

export function sendLeaving(url: string, method: "POST" | "DELETE", body?: unknown): void {
  const key = currentKey();
  const headers = new Headers();
  if (key !== null) headers.set("Authorization", `Bearer ${key}`);
  if (body !== undefined) headers.set("Content-Type", "application/json");
  const sent = body === undefined ? null : JSON.stringify(body);
  fetch(url, { method, headers, body: sent, keepalive: true, credentials: "omit" }).catch(() => undefined);
}
