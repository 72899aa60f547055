/** English. A page adds its own file of words here, and in zh.ts, under its name. */

import { ask } from "./en/ask";
import { curated } from "./en/curated";
import { document } from "./en/document";
import { inbox } from "./en/inbox";
import { keys } from "./en/keys";
import { library } from "./en/library";
import { rules } from "./en/rules";
import { settings } from "./en/settings";
import { shell } from "./en/shell";
import { sources } from "./en/sources";
import { training } from "./en/training";
import { why } from "./en/why";

export const en = { shell, ask, document, library, sources, inbox, why, rules, curated, settings, keys, training };
