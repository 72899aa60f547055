import { createBrowserRouter, matchPath } from "react-router";

import { queries } from "./api/cache";
import { BASES, ME, documentQuery } from "./api/queries";
import { PAGES } from "./routes";
import { documentIn, read } from "./shared/places";
import { FirstPage } from "./shell/FirstPage";
import { NoPage, PageFailure } from "./shell/PageFailure";
import { Shell } from "./shell/Shell";

const HOME = "/ui";

/** Begins at once what the page in the address needs: its code, who calls, and its document. */
function begin(path: string): void {
  (PAGES.find((page) => matchPath(`/${page.path}`, path)) ?? PAGES[0])?.show.preload();
  void queries.prefetchQuery(ME);
  void queries.prefetchQuery(BASES);
  const base = matchPath("/kb/:base/documents/*", path)?.params.base;
  if (base !== undefined) void queries.prefetchQuery(documentQuery(read(base), documentIn(path)));
}

begin(window.location.pathname.slice(HOME.length));

export const router = createBrowserRouter(
  [
    {
      element: <Shell />,
      errorElement: <PageFailure />,
      children: [
        { index: true, element: <FirstPage /> },
        ...PAGES.map((page) => ({ path: page.path, element: <page.show />, errorElement: <PageFailure /> })),
        { path: "*", element: <NoPage /> },
      ],
    },
  ],
  { basename: HOME },
);
