/** Settings as they stand in `wenyuan.toml`. */

/** `{"recall.candidates": 240}` → `[recall]\ncandidates = 240`. */
export function settingsText(settings: Readonly<Record<string, number | string | null>>): string {
  const tables = new Map<string, string[]>();
  for (const [name, value] of Object.entries(settings)) {
    const [table = "", key = ""] = name.split(".");
    if (value !== null) tables.set(table, [...(tables.get(table) ?? []), `${key} = ${JSON.stringify(value)}`]);
  }
  return [...tables].map(([table, lines]) => [`[${table}]`, ...lines].join("\n")).join("\n\n");
}
