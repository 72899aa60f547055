/** A key as it is written down, what is sent of it, and what becomes of it in a page of a site. */

import type { Key, MadeKey, NewKey } from "../../api/keys";
import type { Right } from "../../api/types";

export const RIGHTS: readonly Right[] = ["read", "ingest", "admin"];

export interface WrittenKey {
  readonly use: "program" | "site";
  readonly name: string;
  readonly rights: readonly Right[];
  /** None: all documents, or for pages of a site those that are for everyone. */
  readonly groups: readonly string[];
  readonly origins: readonly string[];
  readonly only: string | null;
}

export function emptyKey(first: boolean, base: string | null): WrittenKey {
  return { use: "program", name: "", rights: first ? ["admin"] : ["read"], groups: [], origins: [], only: base };
}

export function keyOf(written: WrittenKey): NewKey {
  const { name, rights, groups, origins, only } = written;
  const seen = groups.length === 0 ? {} : { groups };
  if (written.use === "site") return { name: name.trim(), rights: ["read"], ...seen, origins, only: only ?? "" };
  return { name: name.trim(), rights, ...(rights.includes("admin") ? {} : seen) };
}

/** The line that puts the box into the pages of a site. */
export function scriptOf(key: MadeKey): string {
  const parts = [
    ["src", `${window.location.origin}/widget.js`],
    ["data-kb", key.only ?? ""],
    ["data-key", key.secret],
    ["data-language", "auto"],
  ];
  return `<script ${parts.map(([name, value]) => `${name}="${escaped(value ?? "")}"`).join(" ")} async></script>`;
}

/** Whether the caller signed in with a key. */
export function isOwn(key: Key, secret: string | null): boolean {
  return secret !== null && secret.startsWith(`wy-${key.id}-`);
}

/** Whether nobody could administer with a key, were this one revoked. */
export function isLastOfAdmin(key: Key, keys: readonly Key[]): boolean {
  const able = keys.filter((each) => each.revoked === null && each.rights.includes("admin"));
  return able.length === 1 && able[0]?.id === key.id;
}

function escaped(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/"/g, "&quot;").replace(/</g, "&lt;");
}
