/** The knowledge base that a page is about, and the one that was used last. */

import { useParams } from "react-router";

const KEPT = "wenyuan/base";

/** The knowledge base in the address; for pages whose path has `:base`. */
export function useBase(): string {
  const { base } = useParams();
  if (base === undefined) throw new Error("this page's path has no :base");
  return base;
}

/** The knowledge base in the address, or else the one used last, where there still is one of this name. */
export function chosenBase(address: string | undefined, names: readonly string[]): string | null {
  if (address !== undefined) return address;
  const last = localStorage.getItem(KEPT);
  return last !== null && names.includes(last) ? last : (names[0] ?? null);
}

export function remember(base: string): void {
  localStorage.setItem(KEPT, base);
}
