/** Colours, fonts, and what signs are called. All text reaches a contrast of 4.5 to 1 in light and in dark. */

import { Anchor, type CSSVariablesResolver, createTheme, mergeThemeOverrides } from "@mantine/core";

import type { Words } from "./language";

const FONTS = [
  "system-ui",
  "-apple-system",
  '"Segoe UI"',
  "Roboto",
  '"Helvetica Neue"',
  "Arial",
  '"PingFang SC"',
  '"Hiragino Sans GB"',
  '"Microsoft YaHei"',
  '"Noto Sans CJK SC"',
  '"Source Han Sans SC"',
  '"WenQuanYi Micro Hei"',
  "sans-serif",
].join(", ");
const FIXED = 'ui-monospace, "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", "Noto Sans Mono CJK SC", monospace';

const LOOKS = createTheme({
  primaryColor: "teal",
  primaryShade: { light: 7, dark: 7 },
  colors: {
    teal: [
      "#e8f5f6",
      "#d3eaec",
      "#a8d5d9",
      "#7bc0c7",
      "#58adb6",
      "#3f9ea8",
      "#2c8690",
      "#1f6f78",
      "#165a62",
      "#0b444b",
    ],
  },
  fontFamily: FONTS,
  fontFamilyMonospace: FIXED,
  headings: {
    fontFamily: FONTS,
    sizes: { h1: { fontSize: "1.5rem" }, h2: { fontSize: "1.2rem" }, h3: { fontSize: "1.05rem" } },
  },
  defaultRadius: "md",
  cursorType: "pointer",
  focusRing: "auto",
  respectReducedMotion: true,
  components: { Anchor: Anchor.extend({ defaultProps: { underline: "always" } }) }, // colour alone does not tell a link
});

/** The theme in a language: what closes something says so. */
export function themeIn({ shell }: Words) {
  const closing = { defaultProps: { closeButtonProps: { "aria-label": shell.close } } };
  const components = { Modal: closing, Drawer: closing, Notification: closing, Alert: { defaultProps: { closeButtonLabel: shell.close } } };
  return mergeThemeOverrides(LOOKS, { components });
}

export const variables: CSSVariablesResolver = (given) => ({
  variables: {},
  light: {
    "--mantine-color-dimmed": given.colors.gray[7],
    "--mantine-color-placeholder": given.colors.gray[7],
    "--mantine-color-error": given.colors.red[9],
    "--page-mark": "#ffe58a",
    "--page-mark-strong": "#ffc63d",
  },
  dark: {
    "--mantine-color-dimmed": "#b8b8b8",
    "--mantine-color-placeholder": "#a8a8a8",
    "--mantine-color-error": given.colors.red[4],
    "--page-mark": "#5c4a00",
    "--page-mark-strong": "#8a6b00",
  },
});
