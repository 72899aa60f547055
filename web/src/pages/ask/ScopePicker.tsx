import { Button, Chip, Group, Input, Popover, Select, Stack } from "@mantine/core";
import { IconFilter } from "@tabler/icons-react";
import { useMemo, useState } from "react";

import { useDocuments } from "../../api/queries";
import { useWords } from "../../language";
import { FailureNotice, Waiting } from "../../shell/notices";
import { EVERYTHING, type Scope, foldersOf, isEverything, told } from "./scope";

const LOOKED_AT = 5000; // documents whose types and folders are offered

/** What questions are limited to. */
export function ScopePicker({ base, scope, choose }: { base: string; scope: Scope; choose: (scope: Scope) => void }) {
  const words = useWords();
  const [open, setOpen] = useState(false);
  const label = isEverything(scope) ? words.ask.everywhere : told(words, scope);
  return (
    <Popover opened={open} onChange={setOpen} position="top-start" width={320} shadow="md" trapFocus>
      <Popover.Target>
        <Button
          size="compact-sm"
          variant={isEverything(scope) ? "subtle" : "light"}
          c={isEverything(scope) ? "inherit" : undefined}
          leftSection={<IconFilter size={14} aria-hidden />}
          onClick={() => setOpen(!open)}
          aria-label={`${words.ask.filters}: ${label}`}
          maw={260}
        >
          {label}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={words.ask.filters}>
        <ScopeForm base={base} scope={scope} choose={choose} />
      </Popover.Dropdown>
    </Popover>
  );
}

function ScopeForm({ base, scope, choose }: { base: string; scope: Scope; choose: (scope: Scope) => void }) {
  const words = useWords().ask;
  const documents = useDocuments(base, LOOKED_AT);
  const offered = useMemo(() => {
    const listed = documents.data?.documents ?? [];
    return { types: [...new Set(listed.map((each) => each.type))].sort(), folders: foldersOf(listed) };
  }, [documents.data]);
  if (documents.error) return <FailureNotice error={documents.error} />;
  if (!documents.data) return <Waiting />;
  return (
    <Stack gap="sm">
      <Input.Wrapper label={words.types} labelElement="div" role="group" aria-label={words.types}>
        <Chip.Group multiple value={[...scope.types]} onChange={(types) => choose({ ...scope, types })}>
          <Group gap={6} mt={4}>
            {offered.types.map((type) => (
              <Chip key={type} value={type} size="xs">
                {type}
              </Chip>
            ))}
          </Group>
        </Chip.Group>
      </Input.Wrapper>
      <Select
        label={words.folder}
        data={offered.folders}
        value={scope.folder}
        onChange={(folder) => choose({ ...scope, folder })}
        comboboxProps={{ withinPortal: false }} // else a click in the list would close what it stands in
        searchable
        clearable
      />
      <Button size="xs" variant="default" disabled={isEverything(scope)} onClick={() => choose(EVERYTHING)}>
        {words.clear}
      </Button>
    </Stack>
  );
}
