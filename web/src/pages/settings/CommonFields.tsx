import { Stack, Text } from "@mantine/core";

import { useWords } from "../../language";
import { type Draft, SettingField } from "./SettingField";
import { COMMON } from "./fields";
import "./settings.css";

/** The settings that are used most; they are written into the text. */
export function CommonFields({ owner, ...draft }: Draft & { owner: boolean }) {
  const words = useWords().settings;
  return (
    <Stack gap={0}>
      <Text size="sm" c="dimmed">{words.commonHint}</Text>
      {COMMON.map((field) => <SettingField key={field.name} field={field} owner={owner} {...draft} />)}
    </Stack>
  );
}
