import { SegmentedControl } from "@mantine/core";

import { type Language, speak, useLanguage, useWords } from "../language";

/** Each language is named in itself. */
export function LanguageSwitch() {
  const language = useLanguage();
  const words = useWords().shell;
  return (
    <SegmentedControl
      size="xs"
      aria-label={words.language}
      value={language}
      onChange={(chosen) => speak(chosen as Language)}
      data={[
        { value: "zh", label: <span lang="zh-CN">中文</span> },
        { value: "en", label: <span lang="en">EN</span> },
      ]}
    />
  );
}
