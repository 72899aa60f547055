/** 中文。每个页面在这里和 en.ts 里各登记一个同名的词语文件。 */

import type { Words } from ".";
import { ask } from "./zh/ask";
import { document } from "./zh/document";
import { inbox } from "./zh/inbox";
import { keys } from "./zh/keys";
import { library } from "./zh/library";
import { settings } from "./zh/settings";
import { shell } from "./zh/shell";
import { sources } from "./zh/sources";
import { training } from "./zh/training";

export const zh: Words = { shell, ask, document, library, sources, inbox, settings, keys, training };
