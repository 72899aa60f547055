/**
 * The pages there are, in the order of the navigation. To add one, add its line:
 *
 * - its name and words are those of `shell.pages` in the files of `language/`,
 * - `:base` in its path is the knowledge base, which `useBase()` gives,
 * - whoever lacks what it `needs` does not see it,
 * - its code is loaded when it is opened; the file exports the page as `default`.
 */

import {
  IconChartLine,
  IconFiles,
  IconGavel,
  IconInbox,
  IconKey,
  IconMessageCheck,
  IconMessageCircle,
  IconPlugConnected,
  IconSettings,
  IconZoomQuestion,
  type TablerIcon,
} from "@tabler/icons-react";

import type { Me, Right } from "./api/types";
import type { Words } from "./language";
import { type Lazy, lazy } from "./shell/lazily";

export interface Page {
  readonly name: keyof Words["shell"]["pages"];
  readonly path: string;
  readonly needs: Right;
  /** Without one it is not in the navigation. */
  readonly icon?: TablerIcon;
  /** Whether it is for whoever owns the server's folder alone. */
  readonly owner?: boolean;
  /** Whether it is of the whole server, which a key of one knowledge base may not touch. */
  readonly whole?: boolean;
  readonly show: Lazy;
}

export const PAGES: readonly Page[] = [
  { name: "ask", path: "kb/:base/ask/:conversation?", needs: "read", icon: IconMessageCircle, show: lazy(() => import("./pages/ask/AskPage")) },
  { name: "library", path: "kb/:base/library/*", needs: "read", icon: IconFiles, show: lazy(() => import("./pages/library/LibraryPage")) },
  { name: "why", path: "kb/:base/why", needs: "read", icon: IconZoomQuestion, show: lazy(() => import("./pages/why/WhyPage")) },
  { name: "rules", path: "kb/:base/rules", needs: "admin", icon: IconGavel, show: lazy(() => import("./pages/rules/RulesPage")) },
  { name: "curated", path: "kb/:base/curated", needs: "admin", icon: IconMessageCheck, show: lazy(() => import("./pages/curated/CuratedPage")) },
  { name: "inbox", path: "kb/:base/inbox", needs: "admin", icon: IconInbox, show: lazy(() => import("./pages/inbox/InboxPage")) },
  { name: "sources", path: "kb/:base/sources", needs: "admin", icon: IconPlugConnected, show: lazy(() => import("./pages/sources/SourcesPage")) },
  { name: "settings", path: "kb/:base/settings", needs: "admin", icon: IconSettings, show: lazy(() => import("./pages/settings/SettingsPage")) },
  { name: "keys", path: "keys", needs: "admin", whole: true, icon: IconKey, show: lazy(() => import("./pages/keys/KeysPage")) },
  { name: "training", path: "training/:run?", needs: "admin", owner: true, icon: IconChartLine, show: lazy(() => import("./pages/training/TrainingPage")) },
  { name: "document", path: "kb/:base/documents/*", needs: "read", show: lazy(() => import("./pages/document/DocumentPage")) },
];

/** Whether a caller has a right; who may administer may do the rest, too. */
export function may(me: Me, right: Right): boolean {
  return me.rights.includes(right) || me.rights.includes("admin");
}

export function isOpenTo(page: Page, me: Me): boolean {
  return may(me, page.needs) && (page.owner !== true || me.owner) && (page.whole !== true || me.only === null);
}

/** Where a page begins; `null` where it wants a knowledge base and there is none. */
export function addressOf(page: Page, base: string | null): string | null {
  if (page.path.includes(":base") && base === null) return null;
  return `/${page.path.replace(/\/(:\w+\?|\*)/g, "").replace(":base", encodeURIComponent(base ?? ""))}`;
}
