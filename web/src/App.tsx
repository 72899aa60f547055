import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClientProvider } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { RouterProvider } from "react-router";

import { queries } from "./api/cache";
import { useLanguage, useWords } from "./language";
import { router } from "./router";
import { HEADER } from "./shell/sizes";
import { themeIn, variables } from "./theme";

export function App() {
  const language = useLanguage();
  const words = useWords();
  const theme = useMemo(() => themeIn(words), [words]);
  useEffect(() => {
    document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
    void queries.resetQueries({ predicate: (query) => query.state.status === "error" }); // its sentence is in the other
  }, [language]);
  return (
    <MantineProvider theme={theme} cssVariablesResolver={variables} defaultColorScheme="auto">
      <Notifications position="top-right" autoClose={6000} mt={HEADER} />
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  );
}
