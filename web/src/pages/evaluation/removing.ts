/** What is deleted some seconds later, and out of sight meanwhile. */

import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { request } from "../../api/client";
import { sendLeaving } from "../../api/leaving";
import { useWords } from "../../language";
import { doLater } from "../../shared/later";

/** `key`: the list that is read anew once it is gone. */
export function useRemoval(key: readonly string[]) {
  const words = useWords().shell;
  const queries = useQueryClient();
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());

  function remove(id: string, url: string, message: string): void {
    const back = () => setHidden((before) => new Set([...before].filter((each) => each !== id)));
    setHidden((before) => new Set(before).add(id));
    doLater({
      message,
      undo: words.undo,
      act: async (leaving) => {
        if (leaving) return sendLeaving(url, "DELETE");
        await request(url, { method: "DELETE" });
        await queries.invalidateQueries({ queryKey: key });
        back();
      },
      taken: back,
      failed: back,
    });
  }

  return { hidden, remove };
}
