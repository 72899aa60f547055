import { createBrowserRouter, matchPath } from "react-router";

import { PAGES } from "./routes";
import { FirstPage } from "./shell/FirstPage";
import { NoPage, PageFailure } from "./shell/PageFailure";
import { Shell } from "./shell/Shell";

const HOME = "/ui";

// The code of the page in the address comes while it is still asked who calls.
const path = window.location.pathname.slice(HOME.length);
(PAGES.find((page) => matchPath(`/${page.path}`, path)) ?? PAGES[0])?.show.preload();

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
