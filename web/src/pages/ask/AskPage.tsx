import { ActionIcon, Alert, Drawer, Stack, Text, Title, Tooltip } from "@mantine/core";
import { useDisclosure, useMediaQuery, useSessionStorage } from "@mantine/hooks";
import { IconMessages, IconPencilPlus } from "@tabler/icons-react";
import { useCallback, useState } from "react";
import { Link, useNavigate, useParams } from "react-router";

import { useMe } from "../../api/queries";
import { useWords } from "../../language";
import type { Spot } from "../../shared/places";
import { useBase } from "../../shell/base";
import { useTitle } from "../../shell/title";
import "./ask.css";
import { stop, useRunning } from "./asking";
import { BesideDocument, useBeside } from "./BesideDocument";
import { ConversationList } from "./ConversationList";
import type { Conversation } from "./conversations";
import { ExportButton } from "./ExportButton";
import { QuestionBox } from "./QuestionBox";
import { RenameWindow } from "./RenameWindow";
import { EVERYTHING } from "./scope";
import { ScopePicker } from "./ScopePicker";
import { OpenBeside } from "./SpotLink";
import { Turns } from "./Turns";
import { useConversation } from "./useConversation";

/** Questions and their answers, with the documents that they rest on beside them. */
export default function AskPage() {
  const base = useBase();
  const me = useMe().data;
  const asker = `${me?.tenant ?? ""}/${me?.name ?? ""}`;
  const { conversation: id = null } = useParams();
  return <Talk key={`${asker}/${base}`} asker={asker} base={base} id={id ?? null} />;
}

function Talk({ asker, base, id }: { asker: string; base: string; id: string | null }) {
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
            <Beginning lost={id !== null} />
          ) : (
            <Turns conversation={talk.conversation} running={running} again={talk.again} said={talk.said} />
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

function Beginning({ lost }: { lost: boolean }) {
  const words = useWords().ask;
  return (
    <Stack className="column" justify="center" align="center" flex={1} gap="xs">
      {lost && (
        <Alert color="gray" variant="outline" role="status">
          {words.unknown}
        </Alert>
      )}
      <Title order={2} ta="center">
        {words.welcome}
      </Title>
      <Text c="dimmed" ta="center">
        {words.welcomeHint}
      </Text>
    </Stack>
  );
}
