/** English. A page adds its own file of words here, and in zh.ts, under its name. */

import { ask } from "./en/ask";
import { document } from "./en/document";
import { shell } from "./en/shell";

export const en = { shell, ask, document };
