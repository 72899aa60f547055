import { ActionIcon, Alert, Drawer, Group, Stack, Text, Title, Tooltip } from "@mantine/core";
import { useDisclosure, useMediaQuery, useSessionStorage } from "@mantine/hooks";
import { IconMessages, IconPencilPlus } from "@tabler/icons-react";
import { useCallback, useState } from "react";
import { Link, useNavigate, useParams } from "react-router";

import { useBases, useMe } from "../../api/queries";
import { useWords } from "../../language";
import { may } from "../../routes";
import type { Spot } from "../../shared/places";
import { useBase } from "../../shell/base";
import { useTitle } from "../../shell/title";
import { AddButtons } from "../library/AddButtons";
import { type Bringing, bringingOf } from "../library/bringing";
import { DropPlace } from "../library/DropPlace";
import "./ask.css";
import { stop, useRunning } from "./asking";
import { BesideDocument, useBeside } from "./BesideDocument";
import { BroughtHere } from "./BroughtHere";
import { ConversationList } from "./ConversationList";
import { type Conversation, askerOf } from "./conversations";
import { ExportButton } from "./ExportButton";
import { QuestionBox } from "./QuestionBox";
import { RenameWindow } from "./RenameWindow";
import { EVERYTHING } from "./scope";
import { ScopePicker } from "./ScopePicker";
import { OpenBeside } from "./SpotLink";
import { Turns } from "./Turns";
import { useConversation } from "./useConversation";

/** Questions and their answers, with the documents that they rest on beside them. More of these can be dropped here. */
export default function AskPage() {
  const base = useBase();
  const me = useMe().data;
  const asker = askerOf(me);
  const { conversation: id = null } = useParams();
  const bringing = me !== undefined && may(me, "ingest") ? bringingOf(me.tenant, base) : null;
  return (
    <DropPlace enabled={bringing !== null} place="" take={(found) => void bringing?.bring(found, "")}>
      <Talk key={`${asker}/${base}`} asker={asker} base={base} id={id ?? null} bringing={bringing} />
    </DropPlace>
  );
}

interface TalkGiven {
  readonly asker: string;
  readonly base: string;
  readonly id: string | null;
  /** `null` where the asker may not bring documents in. */
  readonly bringing: Bringing | null;
}

function Talk({ asker, base, id, bringing }: TalkGiven) {
  const words = useWords();
  const navigate = useNavigate();
  const wide = useMediaQuery("(min-width: 68em)", true, { getInitialValueInEffect: false });
  const talk = useConversation(asker, base, id);
  const running = useRunning(id ?? "");
  const beside = useBeside();
  const [listed, list] = useDisclosure(false);
  const [renamed, setRenamed] = useState<Conversation | null>(null);
  const [scope, setScope] = useSessionStorage({
    key: `wenyuan/scope/${base}`,
    defaultValue: EVERYTHING,
    getInitialValueInEffect: false,
  });
  useTitle(talk.conversation?.name ?? words.ask.title);
  const open = useCallback((spot: Spot, quote: string | null) => beside.open(spot, quote), [beside]);

  const shown = wide ? beside.spot : null;
  const conversations = (
    <ConversationList
      all={talk.all}
      open={id ?? ""}
      addressOf={talk.addressOf}
      rename={setRenamed}
      remove={(each: Conversation) => talk.remove(each, words.shell.undo)}
    />
  );
  return (
    <OpenBeside value={wide ? open : null}>
      <div className="ask" data-list={wide && shown === null} data-beside={shown !== null}>
        {wide && shown === null && <div className="list">{conversations}</div>}
        <div className="talk">
          <h1 className="hidden-text">{talk.conversation?.name ?? words.ask.title}</h1>
          {talk.conversation === null ? (
            <Beginning base={base} lost={id !== null} bringing={bringing} />
          ) : (
            <Turns conversation={talk.conversation} running={running} again={talk.again} said={talk.said} />
          )}
          {bringing && (
            <BroughtHere
              key={talk.conversation?.turns.length ?? 0}
              base={base}
              bringing={bringing}
              isFirst={talk.all.length === 0}
            />
          )}
          <div className="column" style={{ paddingBlock: 12 }}>
            <QuestionBox
              base={base}
              conversation={id ?? ""}
              busy={running !== null}
              narrow={shown !== null}
              send={(question) => talk.send(question, scope)}
              stop={() => id && stop(id)}
            >
              {!(wide && shown === null) && (
                <>
                  <Tooltip label={words.ask.conversations}>
                    <ActionIcon variant="subtle" c="inherit" aria-label={words.ask.conversations} onClick={list.open}>
                      <IconMessages size={18} aria-hidden />
                    </ActionIcon>
                  </Tooltip>
                  <Tooltip label={words.ask.fresh}>
                    <ActionIcon
                      component={Link}
                      to={talk.addressOf(null)}
                      variant="subtle"
                      c="inherit"
                      aria-label={words.ask.fresh}
                    >
                      <IconPencilPlus size={18} aria-hidden />
                    </ActionIcon>
                  </Tooltip>
                </>
              )}
              {talk.conversation && <ExportButton conversation={talk.conversation} />}
              <ScopePicker base={base} scope={scope} choose={setScope} />
            </QuestionBox>
          </div>
        </div>
        {shown !== null && <BesideDocument base={base} spot={shown} close={() => void navigate(talk.addressOf(id))} />}
      </div>
      <Drawer
        opened={listed}
        onClose={list.close}
        title={words.ask.conversations}
        size={320}
        closeOnEscape={renamed === null}
      >
        <div onClick={(event) => (event.target as HTMLElement).closest("a") && list.close()}>{conversations}</div>
      </Drawer>
      <RenameWindow conversation={renamed} close={() => setRenamed(null)} rename={talk.rename} />
    </OpenBeside>
  );
}

function Beginning({ base, lost, bringing }: { base: string; lost: boolean; bringing: Bringing | null }) {
  const { ask: words, library } = useWords();
  const isEmpty = useBases().data?.find((each) => each.name === base)?.documents === 0;
  return (
    <Stack className="column" justify="center" align="center" flex={1} gap="xs">
      {lost && (
        <Alert color="gray" variant="outline" role="status">
          {words.unknown}
        </Alert>
      )}
      <Title order={2} ta="center">
        {isEmpty ? library.empty : words.welcome}
      </Title>
      <Text c="dimmed" ta="center">
        {!isEmpty ? words.welcomeHint : bringing ? library.emptyHint : library.emptyForReaders}
      </Text>
      {bringing && (
        <>
          {!isEmpty && (
            <Text c="dimmed" size="sm" ta="center" visibleFrom="sm">
              {library.bring.hint}
            </Text>
          )}
          <Group gap="xs" justify="center">
            <AddButtons take={(found) => void bringing.bring(found, "")} />
          </Group>
        </>
      )}
    </Stack>
  );
}
