/** What was read of the server, kept while it is fresh. */

import { QueryClient } from "@tanstack/react-query";

import { Failure } from "./failure";

const AGAIN = 2; // times that a request is tried again which no reply came to, or which the server was too busy for

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      refetchOnWindowFocus: false,
      retry: (failed, error) => failed < AGAIN && error instanceof Failure && [0, 429, 503].includes(error.status),
    },
    mutations: { retry: false },
  },
});
