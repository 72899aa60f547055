/** The knowledge base that a page is about, and the one that was used last. */

import { useParams } from "react-router";

const KEPT = "wenyuan/base";
const LONGEST = 64; // characters of a name

/** The knowledge base in the address; for pages whose path has `:base`. */
export function useBase(): string {
  const { base } = useParams();
  if (base === undefined) throw new Error("this page's path has no :base");
  return base;
}

/** The one in the address, or else the one used last, where none of another name is known, or else the first. */
export function chosenBase(address: string | undefined, names: readonly string[] | undefined): string | null {
  if (address !== undefined) return address;
  const last = localStorage.getItem(KEPT);
  return last !== null && (names?.includes(last) ?? true) ? last : (names?.[0] ?? null);
}

/** Has the one used last be another, for there is none of this name. */
export function forget(base: string): void {
  if (localStorage.getItem(KEPT) === base) localStorage.removeItem(KEPT);
}

export function remember(base: string): void {
  localStorage.setItem(KEPT, base);
}

/** The name for one that is to hold the folder that a path begins with; empty where the path has no folder. */
export function baseNamed(path: string): string {
  const folder = path.includes("/") ? (path.split("/")[0] ?? "") : "";
  const signs = folder.normalize("NFC").replace(/[^\p{L}\p{Nd}_-]+/gu, "-");
  return signs.replace(/^[_-]+/, "").slice(0, LONGEST).replace(/[\ud800-\udbff]$/, "").replace(/-+$/, "");
}
