/** 中文。每个页面在这里和 en.ts 里各登记一个同名的词语文件。 */

import type { Words } from ".";
import { ask } from "./zh/ask";
import { curated } from "./zh/curated";
import { document } from "./zh/document";
import { inbox } from "./zh/inbox";
import { keys } from "./zh/keys";
import { library } from "./zh/library";
import { rules } from "./zh/rules";
import { settings } from "./zh/settings";
import { shell } from "./zh/shell";
import { sources } from "./zh/sources";
import { training } from "./zh/training";
import { why } from "./zh/why";

export const zh: Words = { shell, ask, document, library, sources, inbox, why, rules, curated, settings, keys, training };
