import type { Words } from "..";

export const ask: Words["ask"] = {
  title: "提问",
};
