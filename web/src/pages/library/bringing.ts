/** Brings files in: batch after batch, then watching the jobs that read them. It goes on while other pages are open. */

import { useSyncExternalStore } from "react";

import { queries } from "../../api/cache";
import { baseUrl, request } from "../../api/client";
import { Failure, isAbort, sentenceOf } from "../../api/failure";
import { type Job, isOver } from "../../api/library";
import { changed } from "../../api/queries";
import { events } from "../../api/stream";
import { isRefusal, mayPass, upload } from "../../api/upload";
import { type Batch, batchOf, formOf, halves } from "./batches";
import { describedBy, documentName, whySkipped } from "./formats";
import type { Found } from "./gathering";
import { type BroughtFile, Keeping, type Reason, isDone, isOnTheWay, outcome } from "./uploads";

const PATIENCE = [2, 5, 10, 20, 30]; // seconds before each further try where the server cannot be reached
const TOLD = 150; // milliseconds between two words of how far it is

export class Bringing {
  private files: readonly BroughtFile[];
  private readonly inHand = new Map<number, File>();
  private readonly fields = new Map<string, string>();
  private refused: Batch[] = [];
  private readonly heard = new Set<() => void>();
  private readonly keeping: Keeping;
  private sending: AbortController | null = null;
  private watching = false;
  private told = 0;
  private last = 0;

  constructor(
    tenant: string,
    private readonly base: string,
  ) {
    this.keeping = new Keeping(`wenyuan/brought/${encodeURIComponent(tenant)}/${encodeURIComponent(base)}`);
    this.files = this.keeping.read();
    this.last = Math.max(0, ...this.files.map((each) => each.id));
    window.addEventListener("beforeunload", (event) => {
      if (this.files.some(isOnTheWay)) event.preventDefault(); // the browser asks
    });
    void this.watch();
  }

  readonly all = (): readonly BroughtFile[] => this.files;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.heard.add(listener);
    return () => this.heard.delete(listener);
  };

  /** Takes files into the queue; one of the same name that still waits gives way. */
  async bring(found: readonly Found[], folder: string): Promise<void> {
    for (const { file, name } of found) {
      const described = describedBy(name);
      if (described !== null) this.fields.set(documentName(folder + described), await file.text().catch(() => ""));
    }
    const fresh = found.filter(({ name }) => describedBy(name) === null).map((each) => this.entry(each, folder));
    const names = new Set(fresh.map((each) => each.name));
    this.files = [
      ...this.files.filter((each) => !names.has(each.name) || !(each.state === "waiting" || isDone(each))),
      ...fresh,
    ];
    this.tell();
    void this.send();
  }

  /** Stops what is on its way and what is being read; what was read stays. */
  async cancel(): Promise<void> {
    this.change(isOnTheWay, () => ({ state: "cancelled" }));
    this.refused = [];
    this.inHand.clear();
    this.sending?.abort();
    const jobs = new Set(this.files.filter((each) => !isDone(each)).map((each) => each.job ?? ""));
    for (const job of jobs)
      await request(`/api/jobs/${encodeURIComponent(job)}`, { method: "DELETE" }).catch(() => undefined);
  }

  /** Sends those again that failed for want of a connection. */
  again(): void {
    this.change(
      (each) => each.again === true,
      () => ({ state: "waiting", sentence: undefined, again: false }),
    );
    void this.send();
  }

  /** Forgets those that are over. */
  clear(): void {
    this.files = this.files.filter((each) => !isDone(each));
    this.tell();
  }

  private entry({ file, name }: Found, folder: string): BroughtFile {
    const skipped = whySkipped(name);
    const id = ++this.last;
    const made = { id, name: documentName(folder + name), size: file.size };
    if (skipped !== null) return { ...made, state: "skipped", reason: skipped };
    this.inHand.set(id, file);
    return { ...made, state: "waiting" };
  }

  private async send(): Promise<void> {
    if (this.sending !== null) return;
    this.sending = new AbortController();
    try {
      for (let batch = this.next(); batch !== null; batch = this.next()) await this.sendBatch(batch);
    } finally {
      this.sending = null;
    }
  }

  private next(): Batch | null {
    const halved = this.refused.shift();
    return (
      halved ??
      batchOf(
        this.files.filter((each) => each.state === "waiting"),
        this.inHand,
        this.fields,
      )
    );
  }

  private async sendBatch(batch: Batch): Promise<void> {
    if (this.sending?.signal.aborted !== false) this.sending = new AbortController();
    const { signal } = this.sending;
    const ids = new Set(batch.files.map((each) => each.id));
    const ours = (each: BroughtFile) => ids.has(each.id) && !isDone(each);
    for (let tried = 0; ; tried += 1) {
      this.change(ours, () => ({ state: "uploading", part: 0, sentence: undefined }));
      try {
        const url = baseUrl(this.base, "documents");
        const form = formOf(batch, this.inHand);
        const { job } = await upload({ url, form, signal, onProgress: (part) => this.progress(batch, part) });
        this.change(ours, () => ({ state: "sent", job, part: undefined }));
        for (const id of ids) this.inHand.delete(id);
        void this.watch();
        return;
      } catch (error) {
        if (isAbort(error)) return;
        const wait = PATIENCE[tried];
        if (mayPass(error) && wait !== undefined) {
          this.change(ours, () => ({ state: "waiting", part: undefined, sentence: sentenceOf(error) }));
          await new Promise((done) => window.setTimeout(done, wait * 1000));
          if (signal.aborted) return;
        } else if (isRefusal(error) && batch.files.length > 1) {
          this.change(ours, () => ({ part: 0 })); // one of them is what is refused: it is found by halving
          this.refused.unshift(...halves(batch));
          return;
        } else {
          this.change(ours, () => ({
            state: "failed",
            sentence: sentenceOf(error),
            part: undefined,
            again: mayPass(error),
          }));
          return;
        }
      }
    }
  }

  private progress(batch: Batch, part: number): void {
    if (part < 1 && performance.now() - this.told < TOLD) return;
    this.told = performance.now();
    let before = 0;
    const parts = new Map<number, number>();
    const left = part * batch.size;
    for (const each of batch.files) {
      parts.set(each.id, each.size === 0 ? part : Math.min(1, Math.max(0, (left - before) / each.size)));
      before += each.size;
    }
    this.change(
      (each) => parts.has(each.id) && each.state === "uploading",
      (each) => ({ part: parts.get(each.id) }),
      false,
    );
  }

  /** Follows the jobs, one after the other, as the server does them: each that is watched takes up a connection. */
  private async watch(): Promise<void> {
    if (this.watching) return;
    this.watching = true;
    try {
      for (let job = this.unread(); job !== undefined; job = this.unread()) {
        await this.follow(job);
        void changed(queries, this.base);
      }
    } finally {
      this.watching = false;
    }
  }

  private unread(): string | undefined {
    return this.files.find((each) => each.job !== undefined && !isDone(each))?.job;
  }

  private async follow(id: string): Promise<void> {
    const ours = (each: BroughtFile) => each.job === id && !isDone(each);
    for (;;) {
      try {
        for await (const { data } of events(`/api/jobs/${encodeURIComponent(id)}/events`, {}, "end")) {
          const job = data as Job;
          if (isOver(job)) return this.change(ours, (each) => outcome(each, job));
          const now = job.progress?.document;
          this.change(
            ours,
            (each) => ({ state: job.state === "running" && now === each.name ? "reading" : each.state }),
            false,
          );
        }
      } catch (error) {
        if (!mayPass(error)) return this.change(ours, () => lost(error));
        await new Promise((done) => window.setTimeout(done, 2_000));
      }
    }
  }

  private change(
    which: (file: BroughtFile) => boolean,
    news: (file: BroughtFile) => Partial<BroughtFile>,
    kept = true,
  ): void {
    const after = this.files.map((each) => (which(each) ? changedBy(each, news(each)) : each));
    if (after.every((each, n) => each === this.files[n])) return;
    this.files = after;
    this.tell(kept);
  }

  private tell(kept = true): void {
    if (kept) this.keeping.write(this.files);
    for (const each of this.heard) each();
  }
}

/** The file with the news; the very same where it has none. */
function changedBy(file: BroughtFile, news: Partial<BroughtFile>): BroughtFile {
  const after = { ...file, ...news };
  return Object.entries(news).every(([name, value]) => file[name as keyof BroughtFile] === value) ? file : after;
}

/** Of a job that the server knows nothing of any more, or that may not be looked at. */
function lost(error: unknown): Partial<BroughtFile> {
  const reason: Reason = "lost";
  return error instanceof Failure && error.status === 404
    ? { state: "failed", reason }
    : { state: "failed", sentence: sentenceOf(error) };
}

const opened = new Map<string, Bringing>();

export function bringingOf(tenant: string, base: string): Bringing {
  const key = `${tenant}/${base}`;
  const found = opened.get(key) ?? new Bringing(tenant, base);
  opened.set(key, found);
  return found;
}

export function useBrought(bringing: Bringing): readonly BroughtFile[] {
  return useSyncExternalStore(bringing.subscribe, bringing.all);
}
