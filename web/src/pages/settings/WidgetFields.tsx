import { Anchor, Group, Stack, Text, Title } from "@mantine/core";
import { Link } from "react-router";

import { useMe } from "../../api/queries";
import { useWords } from "../../language";
import { type Draft, SettingField } from "./SettingField";
import { WidgetLook } from "./WidgetLook";
import { WIDGET } from "./fields";
import "./settings.css";

/** What visitors of a website read, beside how it will look. */
export function WidgetFields(draft: Draft) {
  const words = useWords().settings;
  const me = useMe().data;
  return (
    <Stack gap="md">
      <Text size="sm" c="dimmed">
        {words.widgetHint} {me?.only === null && <Anchor component={Link} to="/keys">{words.toKeys}</Anchor>}
      </Text>
      <Group align="flex-start" gap="md" role="group" aria-label={words.preview}>
        <Stack gap={4}>
          <Title order={2} size="sm">{words.previewOf.zh}</Title>
          <WidgetLook text={draft.text} language="zh" />
        </Stack>
        <Stack gap={4}>
          <Title order={2} size="sm">{words.previewOf.en}</Title>
          <WidgetLook text={draft.text} language="en" />
        </Stack>
      </Group>
      <div>{WIDGET.map((field) => <SettingField key={field.name} field={field} {...draft} />)}</div>
    </Stack>
  );
}
