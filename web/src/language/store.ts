/** The language of the page: what was chosen, or else what the browser prefers. */

export type Language = "zh" | "en";

const KEPT = "wenyuan/language";
const heard = new Set<() => void>();

let spoken: Language = first();

function first(): Language {
  const chosen = localStorage.getItem(KEPT);
  if (chosen === "zh" || chosen === "en") return chosen;
  return navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
}

export function language(): Language {
  return spoken;
}

export function speak(chosen: Language): void {
  spoken = chosen;
  localStorage.setItem(KEPT, chosen);
  for (const each of heard) each();
}

/** Has `changed` called at each change; returns what ends that. */
export function onLanguage(changed: () => void): () => void {
  heard.add(changed);
  return () => heard.delete(changed);
}
