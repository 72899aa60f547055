import {
  ActionIcon,
  Alert,
  Anchor,
  Breadcrumbs,
  Button,
  Group,
  Pagination,
  Select,
  Stack,
  Text,
  TextInput,
} from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconSearch, IconX } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { Link } from "react-router";

import type { ListedDocument } from "../../api/types";
import { useWords } from "../../language";
import { addressOfLibrary } from "./address";
import { DocumentTable } from "./DocumentTable";
import { FolderFilter } from "./FolderFilter";
import { type Order, shelved, wayTo } from "./folders";
import { removeSoon } from "./removing";

const PAGE = 50;

interface Given {
  readonly base: string;
  readonly documents: readonly ListedDocument[];
  readonly folder: string;
  readonly mayChange: boolean;
}

/** The documents of a folder and of all below it, narrowed by name and type, a page at a time. */
export function DocumentList({ base, documents, folder, mayChange }: Given) {
  const words = useWords();
  const [typed, setTyped] = useState("");
  const [search] = useDebouncedValue(typed, 150);
  const [type, setType] = useState<string | null>(null);
  const [order, setOrder] = useState<Order>({ column: "name", down: false });
  const [page, setPage] = useState(1);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const types = useMemo(() => [...new Set(documents.map((each) => each.type))].sort(), [documents]);
  const shelf = useMemo(
    () => shelved(documents, { folder, search, type, order }),
    [documents, folder, search, type, order],
  );
  const rows = shelf.documents.length;
  const pages = Math.max(1, Math.ceil(rows / PAGE));
  const shown = Math.min(page, pages);
  const chosen = documents.filter((each) => selected.has(each.id));

  if (documents.length === 0) {
    return (
      <Alert color="gray" variant="outline" title={words.library.empty}>
        {mayChange ? words.library.emptyHint : words.library.emptyForReaders}
      </Alert>
    );
  }
  return (
    <Stack gap="sm">
      <Group gap="sm" align="flex-end">
        <TextInput
          flex={1}
          miw={200}
          aria-label={words.library.search}
          placeholder={words.library.search}
          leftSection={<IconSearch size={16} aria-hidden />}
          rightSection={
            typed !== "" && (
              <ActionIcon
                variant="subtle"
                c="inherit"
                aria-label={words.library.clearSearch}
                onClick={() => setTyped("")}
              >
                <IconX size={16} aria-hidden />
              </ActionIcon>
            )
          }
          value={typed}
          onChange={(event) => {
            setTyped(event.currentTarget.value);
            setPage(1);
          }}
        />
        <Select
          w={150}
          aria-label={words.library.type}
          placeholder={words.library.allTypes}
          data={types}
          value={type}
          onChange={(value) => {
            setType(value);
            setPage(1);
          }}
          clearable
        />
      </Group>
      <FolderWay base={base} folder={folder} />
      {shelf.folders.length > 0 && <FolderFilter base={base} folders={shelf.folders} />}
      {chosen.length > 0 && (
        <Group gap="xs" role="region" aria-label={words.library.selected(chosen.length)}>
          <Text size="sm" fw={600} role="status">
            {words.library.selected(chosen.length)}
          </Text>
          <Button
            size="xs"
            variant="default"
            c="var(--mantine-color-error)"
            title={words.library.removeHint}
            onClick={() => {
              removeSoon(
                base,
                chosen.map((each) => each.id),
              );
              setSelected(new Set());
            }}
          >
            {words.library.remove}
          </Button>
          <Button size="xs" variant="default" onClick={() => setSelected(new Set())}>
            {words.library.unselect}
          </Button>
        </Group>
      )}
      {rows === 0 ? (
        <Text c="dimmed">{words.library.nothing}</Text>
      ) : (
        <DocumentTable
          base={base}
          listed={shelf.documents}
          from={(shown - 1) * PAGE}
          to={shown * PAGE}
          within={search === "" ? folder : ""}
          order={order}
          sort={setOrder}
          selected={mayChange ? selected : null}
          select={setSelected}
        />
      )}
      {pages > 1 && (
        <Pagination
          aria-label={words.library.pages}
          total={pages}
          value={shown}
          onChange={setPage}
          getItemProps={(n) => ({ "aria-label": words.library.page(n) })}
          getControlProps={(control) => ({
            "aria-label": control === "next" ? words.library.nextPage : words.library.previousPage,
          })}
        />
      )}
    </Stack>
  );
}

function FolderWay({ base, folder }: { base: string; folder: string }) {
  const words = useWords().library;
  if (folder === "") return null;
  const way = wayTo(folder);
  return (
    <Breadcrumbs component="nav" aria-label={words.folders}>
      <Anchor component={Link} to={addressOfLibrary(base)} size="sm">
        {words.top}
      </Anchor>
      {way.map(({ path, name }, n) =>
        n === way.length - 1 ? (
          <Text key={path} size="sm" aria-current="page">
            {name}
          </Text>
        ) : (
          <Anchor key={path} component={Link} to={addressOfLibrary(base, path)} size="sm">
            {name}
          </Anchor>
        ),
      )}
    </Breadcrumbs>
  );
}
