/** Files on their way to the server, with how far they are: `fetch` does not say that of what it sends. */

import { language } from "../language";
import { Failure, failureOf, unreachable } from "./failure";
import { currentKey, turnedAway } from "./session";

export interface Sent {
  readonly job: string;
}

interface Upload {
  readonly url: string;
  readonly form: FormData;
  readonly signal: AbortSignal;
  /** Called with what part of the body has left, from 0 to 1. */
  readonly onProgress: (part: number) => void;
}

/** Throws a `Failure`, or the `AbortError` of the signal. */
export function upload({ url, form, signal, onProgress }: Upload): Promise<Sent> {
  return new Promise((resolve, reject) => {
    const key = currentKey();
    const sending = new XMLHttpRequest();
    const stop = () => sending.abort();
    const settle = (end: () => void) => () => {
      signal.removeEventListener("abort", stop);
      end();
    };
    sending.open("POST", url);
    sending.setRequestHeader("Accept-Language", language() === "zh" ? "zh-CN,zh" : "en");
    if (key !== null) sending.setRequestHeader("Authorization", `Bearer ${key}`);
    sending.upload.onprogress = ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0);
    sending.onload = settle(() => {
      const body = parsed(sending.responseText);
      if (sending.status === 401) turnedAway(key);
      if (sending.status >= 200 && sending.status < 300 && isSent(body)) resolve(body);
      else reject(failureOf(sending.status, body));
    });
    sending.onerror = settle(() => reject(unreachable()));
    sending.onabort = settle(() => reject(new DOMException("", "AbortError")));
    signal.addEventListener("abort", stop);
    if (signal.aborted) reject(new DOMException("", "AbortError"));
    else sending.send(form);
  });
}

/** Whether the same may do better later: no connection, or a server that has too much to do. */
export function mayPass(error: unknown): boolean {
  return error instanceof Failure && [0, 408, 429, 502, 503, 504].includes(error.status);
}

/** Whether the server refused what was sent, perhaps for one file of it. */
export function isRefusal(error: unknown): boolean {
  return error instanceof Failure && [400, 403, 409, 413, 415, 422].includes(error.status);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isSent(body: unknown): body is Sent {
  return typeof body === "object" && body !== null && "job" in body && typeof body.job === "string";
}
