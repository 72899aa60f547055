/** A source as it is written down, and what is sent of it. */

import type { NewSource, SourceKind } from "../../api/sources";
import { type Row, fieldsOf } from "../../shared/fields";

export type WrittenKind = "folder" | "web" | "site" | "sitemap" | "s3" | "webdav" | "sftp";

export const WEB: readonly WrittenKind[] = ["site", "web", "sitemap"];
export const TREES: readonly WrittenKind[] = ["s3", "webdav", "sftp"];

export const TIMES = { quarter: 900, hour: 3_600, sixth: 21_600, day: 86_400, week: 604_800 } as const;

export interface Written {
  readonly kind: WrittenKind;
  readonly location: string;
  readonly name: string;
  readonly every: keyof typeof TIMES;
  readonly exclude: string;
  readonly hosts: readonly string[];
  /** Of the sign-in, by the names of fields in the form. */
  readonly signIn: Readonly<Record<string, string>>;
  readonly rows: readonly Row[];
  readonly paused: boolean;
}

export const EMPTY: Written = {
  kind: "site",
  location: "",
  name: "",
  every: "day",
  exclude: "",
  hosts: [],
  signIn: {},
  rows: [],
  paused: false,
};

export function isTree(kind: WrittenKind): boolean {
  return TREES.includes(kind);
}

export function proposed(written: Written): NewSource {
  const kind: SourceKind = isTree(written.kind) ? "fsspec" : (written.kind as SourceKind);
  return {
    name: written.name.trim(),
    location: written.location.trim(),
    kind,
    metadata: fieldsOf(written.rows),
    exclude: written.exclude
      .split("\n")
      .map((each) => each.trim())
      .filter(Boolean),
    hosts: written.kind === "sitemap" ? written.hosts : [],
    every: TIMES[written.every],
    credentials: isTree(written.kind) ? credentialsOf(written) : {},
    paused: written.paused,
  };
}

/** A name that the location suggests. */
export function suggestedName(location: string): string {
  const path = location.replace(/^\w+:\/\//, "").replace(/[?#].*$/, "");
  const parts = path.split("/").filter(Boolean);
  const last = (parts.at(-1) ?? "").replace(/\.\w{1,5}$/, "");
  const name = last === "" || last === "sitemap" ? (parts[0] ?? "") : last;
  return name
    .normalize("NFC")
    .replace(/[^\p{L}\p{N}_-]+/gu, "-")
    .replace(/^[-_]+|-+$/g, "")
    .slice(0, 64);
}

function credentialsOf({ kind, signIn }: Written): Record<string, unknown> {
  const said = (name: string) => (signIn[name] ?? "").trim();
  if (kind === "webdav") return said("user") === "" ? {} : { auth: [said("user"), signIn.password ?? ""] };
  const named =
    kind === "s3"
      ? { key: "key", secret: "secret", token: "token", endpoint_url: "endpoint" }
      : { username: "user", password: "password" };
  const given = Object.entries(named).map(([name, field]) => [name, said(field)] as const);
  return Object.fromEntries(given.filter(([, value]) => value !== ""));
}
