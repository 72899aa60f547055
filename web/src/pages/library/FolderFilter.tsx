import { Button, Group } from "@mantine/core";
import { IconFolder } from "@tabler/icons-react";
import { Link } from "react-router";

import { useWords } from "../../language";
import { addressOfLibrary } from "./address";
import type { Folder } from "./folders";

const SHOWN = 500; // links that a browser lays out with ease; who has more searches by name

/** The folders that the list can be narrowed to. */
export function FolderFilter({ base, folders }: { base: string; folders: readonly Folder[] }) {
  const words = useWords().library;
  return (
    <Group component="nav" className="folders" gap={6} tabIndex={0} aria-label={words.narrow}>
      {folders.slice(0, SHOWN).map((each) => (
        <Button
          key={each.path}
          component={Link}
          to={addressOfLibrary(base, each.path)}
          size="compact-sm"
          variant="default"
          maw="100%"
          fw={400}
          leftSection={<IconFolder size={15} aria-hidden />}
        >
          {words.folderOf(each.name, each.documents)}
        </Button>
      ))}
    </Group>
  );
}
