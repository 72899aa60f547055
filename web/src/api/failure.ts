/** What went wrong with a request, as one sentence in the language of the page. */

import { words } from "../language";

export class Failure extends Error {
  /** `status` is 0 where no reply came; `code` is the server's word for programs. */
  constructor(
    sentence: string,
    readonly status: number,
    readonly code: string,
    readonly param: string | null = null,
  ) {
    super(sentence);
  }
}

/** What the server says in its envelope, or else that it said something unexpected. */
export function failureOf(status: number, body: unknown): Failure {
  const error = isObject(body) ? body.error : null;
  if (isObject(error) && typeof error.message === "string") {
    const param = typeof error.param === "string" ? error.param : null;
    return new Failure(error.message, status, String(error.code), param);
  }
  return new Failure(words().shell.failure.unreadable(status), status, "unreadable_reply");
}

export function unreachable(): Failure {
  return new Failure(words().shell.failure.unreachable, 0, "unreachable");
}

/** The sentence about anything that was thrown. */
export function sentenceOf(error: unknown): string {
  return error instanceof Failure ? error.message : words().shell.failure.page;
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
