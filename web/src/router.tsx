import { createBrowserRouter } from "react-router";

import { PAGES } from "./routes";
import { FirstPage } from "./shell/FirstPage";
import { NoPage, PageFailure } from "./shell/PageFailure";
import { Shell } from "./shell/Shell";

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
  { basename: "/ui" },
);
