/** A report without what needs its script or the files beside it, for a frame in which nothing runs. */
export function still(report: string): string {
  const page = new DOMParser().parseFromString(report, "text/html");
  for (const each of page.querySelectorAll("script, .tools")) each.remove();
  for (const each of page.querySelectorAll("a, button")) each.replaceWith(...each.childNodes);
  return `<!doctype html>${page.documentElement.outerHTML}`;
}
