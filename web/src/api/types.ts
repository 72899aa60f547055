/** The shapes that the server speaks; `src/wenyuan/shapes.py` says what they mean. */

export type Right = "read" | "ingest" | "admin";

export interface Me {
  readonly tenant: string;
  readonly name?: string | null;
  readonly rights: readonly Right[];
  readonly owner: boolean;
  readonly groups: readonly string[] | null;
  readonly only: string | null;
  readonly version: string;
}

export interface BaseSummary {
  readonly name: string;
  readonly documents: number | null;
  readonly passages: number | null;
  readonly version: number | null;
  readonly model: string | null;
  readonly error?: { readonly message: string };
}

export interface Citation {
  readonly n: number;
  readonly document: string;
  readonly page: number | null;
  readonly heading: string;
  readonly start: number;
  readonly end: number;
  readonly quote: string;
  readonly sheet: string | null;
  readonly row: number | null;
  /** Within the quote: the words that answer. */
  readonly answer: readonly [number, number] | null;
  /** Whether it quotes what a person wrote in the place of what the document says there. */
  readonly corrected?: boolean;
}

export interface Answer {
  readonly decision: "ANSWERED" | "ABSTAINED" | "REPLIED" | "CALLED";
  readonly reason: string;
  readonly answer: string;
  readonly curated: string | null;
  readonly model: string | null;
  readonly confidence: number;
  readonly citations: readonly Citation[];
  readonly notes: readonly string[];
  readonly timings_ms: Readonly<Record<string, number>>;
  readonly trace_id: string;
}

export interface Turn {
  readonly role: "user" | "assistant";
  readonly content: string;
}

export interface Hit {
  readonly rank: number;
  readonly chunk: string;
  readonly document: string;
  readonly title: string;
  readonly headings: readonly string[];
  readonly page: number | null;
  readonly sheet: string | null;
  readonly row: number | null;
  readonly start: number;
  readonly end: number;
  readonly score: number;
  readonly text: string;
  readonly corrected?: boolean;
}

export interface Found {
  readonly query: string;
  readonly hits: readonly Hit[];
  readonly notes: readonly string[];
  readonly trace_id: string;
}

export type MetadataValue = string | number | boolean | readonly string[] | null;

export interface DocumentInfo {
  readonly id: string;
  readonly title: string;
  readonly type: string;
  readonly time: string;
  readonly metadata: Readonly<Record<string, MetadataValue>>;
}

export interface ListedDocument extends DocumentInfo {
  readonly passages: number;
}

export interface WholeDocument extends DocumentInfo {
  readonly warnings: readonly string[];
  readonly text: string;
}

export interface Passage {
  readonly chunk: string;
  readonly ordinal: number;
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly headings: readonly string[];
  readonly header: string;
  readonly page: number | null;
  readonly sheet: string | null;
  readonly row: number | null;
  readonly kind: "text" | "table" | "list" | "code" | "faq";
  readonly disabled?: boolean;
  readonly corrected?: string | null;
  readonly original?: string | null;
}

/** `[x0, top, x1, bottom]` in points, from the upper left corner. */
export type Rectangle = readonly [number, number, number, number];

export interface PagePlaces {
  readonly page: number;
  readonly width: number;
  readonly height: number;
  readonly rectangles: readonly Rectangle[];
}
