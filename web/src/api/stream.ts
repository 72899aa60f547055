/** Server-sent events by `fetch`, which sends a key in a header and can be broken off. */

import { type EventSourceMessage, EventSourceParserStream } from "eventsource-parser/stream";

import { words } from "../language";
import { type Asked, respond } from "./client";
import { Failure, failureOf, isAbort } from "./failure";

export interface ServerEvent {
  readonly name: string;
  readonly data: unknown;
}

/**
 * The events of a reply until one of those called `last`.
 *
 * Throws a `Failure` where the server says `error`, or where the connection ends before the last event.
 */
export async function* events(url: string, asked: Asked, last: string): AsyncGenerator<ServerEvent, void> {
  const response = await respond(url, asked);
  if (response.body === null) throw cut();
  const reader = response.body
    .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array<ArrayBuffer>>)
    .pipeThrough(new EventSourceParserStream())
    .getReader();
  try {
    for (;;) {
      const { done, value } = await next(reader);
      if (done) throw cut();
      const event = { name: value.event ?? "message", data: parsed(value.data) };
      if (event.name === "error") throw failureOf(response.status, event.data);
      yield event;
      if (event.name === last) return;
    }
  } finally {
    reader.cancel().catch(() => undefined); // a connection that broke has nothing left to cancel
  }
}

async function next(reader: ReadableStreamDefaultReader<EventSourceMessage>) {
  try {
    return await reader.read();
  } catch (error) {
    throw isAbort(error) ? error : cut();
  }
}

function parsed(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    throw cut();
  }
}

function cut(): Failure {
  return new Failure(words().shell.failure.cut, 0, "cut");
}
