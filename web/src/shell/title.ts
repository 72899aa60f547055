import { useEffect } from "react";

import { useWords } from "../language";

/** Names the page in the browser's tab and history. */
export function useTitle(title: string): void {
  const { name } = useWords().shell;
  useEffect(() => {
    document.title = `${title} · ${name}`;
  }, [title, name]);
}
