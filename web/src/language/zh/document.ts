import type { Words } from "..";

export const document: Words["document"] = {
  title: "文档",
};
