/** Points in time as people write them, in the language of the page. */

import { useMemo } from "react";

import { useLanguage } from "../language";

interface Moments {
  /** "30 Nov 2026", "2026年11月30日". */
  readonly day: (iso: string) => string;
  /** With the time of day. */
  readonly minute: (iso: string) => string;
}

export function useMoments(): Moments {
  const language = useLanguage();
  return useMemo(() => {
    const locale = language === "zh" ? "zh-CN" : "en-GB";
    const day = new Intl.DateTimeFormat(locale, { dateStyle: "medium" });
    const minute = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
    return { day: (iso) => told(day, iso), minute: (iso) => told(minute, iso) };
  }, [language]);
}

function told(format: Intl.DateTimeFormat, iso: string): string {
  const moment = new Date(iso);
  return Number.isNaN(moment.getTime()) ? iso : format.format(moment);
}
