import { Badge, Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";

import type { Key } from "../../api/keys";
import { useSession } from "../../api/session";
import { useWords } from "../../language";
import { useMoments } from "../../shared/moments";
import { RevokeKey } from "./RevokeKey";
import { isOwn } from "./making";

/** A key without its secret: what it is for, and the way to end it. */
export function KeyCard({ shown, keys }: { shown: Key; keys: readonly Key[] }) {
  const words = useWords().keys;
  const moments = useMoments();
  const own = isOwn(shown, useSession().key);
  const [revoking, dialog] = useDisclosure(false);
  const listed = (names: readonly string[]) => names.join(words.comma);
  return (
    <Paper withBorder p="md" component="section" aria-label={words.one(shown.name)}>
      <Group justify="space-between" align="flex-start" gap="xs">
        <Stack gap={4} style={{ minWidth: 0, flex: 1 }}>
          <Group gap="sm">
            <Title order={2} size="h3" td={shown.revoked === null ? undefined : "line-through"}>{shown.name}</Title>
            {own && <Badge size="sm" variant="outline" color="teal" c="inherit">{words.own}</Badge>}
            {shown.only !== null && <Badge size="sm" variant="outline" color="gray" c="inherit">{words.ofSite}</Badge>}
          </Group>
          <Text size="sm">
            {shown.only === null ? listed(shown.rights.map((right) => words.rights[right])) : words.asks(shown.only)}
          </Text>
          {shown.origins !== null && <Text size="sm">{words.onlyFrom(listed(shown.origins))}</Text>}
          <Text size="sm" c="dimmed">{seenBy(shown)}</Text>
          <Text size="xs" c="dimmed">
            {[
              `wy-${shown.id}-…`,
              words.tenant(shown.tenant),
              words.created(moments.minute(shown.created)),
              ...(shown.revoked === null ? [] : [words.revoked(moments.minute(shown.revoked))]),
            ].join(" · ")}
          </Text>
        </Stack>
        {shown.revoked === null && (
          <Button size="xs" variant="default" aria-label={words.revokeOne(shown.name)} onClick={dialog.open}>{words.revoke}</Button>
        )}
      </Group>
      {revoking && <RevokeKey revoked={shown} keys={keys} own={own} close={dialog.close} />}
    </Paper>
  );

  function seenBy(key: Key): string {
    if (key.groups === null) return words.seesAll;
    return key.groups.length === 0 ? words.seesPublic : words.sees(listed(key.groups));
  }
}
