/** Requests to the server that the page came from: with the key, in the language of the page. */

import { language } from "../language";
import { failureOf, isAbort, unreachable } from "./failure";
import { currentKey, turnedAway } from "./session";

export interface Asked {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly query?: Readonly<Record<string, string | number | readonly string[] | null | undefined>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as a form, as files are. */
  readonly form?: FormData;
  readonly signal?: AbortSignal;
}

/** The path of a knowledge base, or of what is below it; each part is escaped whole. */
export function baseUrl(base: string, ...below: readonly string[]): string {
  return ["/api/knowledge-bases", ...[base, ...below].map(encodeURIComponent)].join("/");
}

/**
 * The reply as JSON; of a reply without a body, `undefined`.
 *
 * Throws a `Failure`, or the `AbortError` of a signal.
 */
export async function request<T>(url: string, asked: Asked = {}): Promise<T> {
  const response = await respond(url, asked);
  if (response.status === 204) return undefined as T;
  try {
    return (await response.json()) as T;
  } catch (error) {
    throw isAbort(error) ? error : failureOf(response.status, null);
  }
}

/** The reply as bytes, with what kind they are. */
export async function requestFile(url: string, asked: Asked = {}): Promise<Blob> {
  const response = await respond(url, asked);
  try {
    return await response.blob();
  } catch (error) {
    throw isAbort(error) ? error : unreachable();
  }
}

/** The reply, where it is a good one. */
export async function respond(url: string, asked: Asked): Promise<Response> {
  const key = currentKey();
  const headers = new Headers({ "Accept-Language": language() === "zh" ? "zh-CN,zh" : "en" });
  if (key !== null) headers.set("Authorization", `Bearer ${key}`);
  if (asked.body !== undefined) headers.set("Content-Type", "application/json");
  const body = asked.form ?? (asked.body === undefined ? null : JSON.stringify(asked.body));
  const { method = "GET", signal = null } = asked;
  let response: Response;
  try {
    response = await fetch(url + queryOf(asked.query), { method, headers, body, signal, credentials: "omit" });
  } catch (error) {
    throw isAbort(error) ? error : unreachable();
  }
  if (response.ok) return response;
  if (response.status === 401) turnedAway(key);
  throw failureOf(response.status, await response.json().catch(() => null));
}

function queryOf(query: Asked["query"]): string {
  const search = new URLSearchParams();
  for (const [name, given] of Object.entries(query ?? {})) {
    for (const value of Array.isArray(given) ? given : [given]) {
      if (value !== null && value !== undefined) search.append(name, String(value));
    }
  }
  const text = search.toString();
  return text === "" ? "" : `?${text}`;
}
