/** Documents that are about to be deleted: out of sight at once, gone some seconds later unless that is taken back. */

import { useSyncExternalStore } from "react";

import { queries } from "../../api/cache";
import { baseUrl, request } from "../../api/client";
import { sendLeaving } from "../../api/leaving";
import { changed } from "../../api/queries";
import { words } from "../../language";
import { doLater } from "../../shared/later";

const AT_ONCE = 5_000; // documents of one request
const WHILE_LEAVING = 200; // of one that a browser still sends for a page that goes away, which must be small

let leaving: ReadonlyMap<string, ReadonlySet<string>> = new Map(); // by knowledge base
const heard = new Set<() => void>();
const NONE: ReadonlySet<string> = new Set();

function hide(base: string, documents: ReadonlySet<string>): void {
  leaving = new Map(leaving).set(base, documents);
  for (const each of heard) each();
}

function subscribe(listener: () => void): () => void {
  heard.add(listener);
  return () => heard.delete(listener);
}

/** Those that are not to be shown any more. */
export function useRemoved(base: string): ReadonlySet<string> {
  return useSyncExternalStore(subscribe, () => leaving.get(base) ?? NONE);
}

export function removeSoon(base: string, documents: readonly string[]): void {
  const known = leaving.get(base) ?? NONE;
  hide(base, new Set([...known, ...documents]));
  const shown = () => hide(base, new Set([...(leaving.get(base) ?? NONE)].filter((each) => !documents.includes(each))));
  doLater({
    message: words().library.removed(documents.length, documents[0] ?? ""),
    undo: words().shell.undo,
    act: async (page) => {
      if (page) return removeWhileLeaving(base, documents);
      for (let n = 0; n < documents.length; n += AT_ONCE) {
        const body = { documents: documents.slice(n, n + AT_ONCE) };
        await request(baseUrl(base, "delete"), { method: "POST", body });
      }
      await changed(queries, base);
      shown();
    },
    taken: shown,
    failed: () => {
      shown();
      void changed(queries, base);
    },
  });
}

/** Sends it without waiting for a reply; of very many, those that the browser takes. */
function removeWhileLeaving(base: string, documents: readonly string[]): void {
  for (let n = 0; n < documents.length; n += WHILE_LEAVING) {
    sendLeaving(baseUrl(base, "delete"), "POST", { documents: documents.slice(n, n + WHILE_LEAVING) });
  }
}
