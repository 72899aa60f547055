import { ActionIcon, Tooltip } from "@mantine/core";
import { IconArrowsMaximize, IconX } from "@tabler/icons-react";
import { useMemo } from "react";
import { Link, useLocation, useNavigate, useSearchParams } from "react-router";

import { useWords } from "../../language";
import { type Spot, addressOfSpot, numberIn, quoteIn } from "../../shared/places";
import { CopyLink } from "../document/CopyLink";
import { DocumentView, type View } from "../document/DocumentView";

/** What is open beside the conversation: it stands in the address, so that the back button closes it. */
export function useBeside() {
  const [search] = useSearchParams();
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const document = search.get("document");
  const start = numberIn(search, "start");
  const end = numberIn(search, "end");
  return useMemo(
    () => ({
      spot: document === null ? null : { document, start, end },
      open(spot: Spot, quote: string | null, view?: View): void {
        const asked = {
          document: spot.document,
          start: String(spot.start),
          end: String(spot.end),
          ...(view && { view }),
        };
        void navigate(`${pathname}?${new URLSearchParams(asked)}`, { state: { quote }, replace: document !== null });
      },
    }),
    [document, start, end, navigate, pathname],
  );
}

/** A document beside the conversation. */
export function BesideDocument({ base, spot, close }: { base: string; spot: Spot; close: () => void }) {
  const words = useWords();
  const location = useLocation();
  const [search] = useSearchParams();
  const beside = useBeside();
  const quote = quoteIn(location.state);
  return (
    <aside className="beside" aria-label={words.document.title}>
      <DocumentView
        base={base}
        spot={spot}
        level={2}
        quote={quote}
        view={search.get("view") as View | null}
        choose={(view, to) => beside.open(to, to.start === spot.start && to.end === spot.end ? quote : null, view)}
        tools={
          <>
            <CopyLink base={base} spot={spot} />
            <Tooltip label={words.document.openPage}>
              <ActionIcon
                component={Link}
                to={addressOfSpot(base, spot)}
                state={{ quote }}
                variant="subtle"
                c="inherit"
                aria-label={words.document.openPage}
              >
                <IconArrowsMaximize size={18} aria-hidden />
              </ActionIcon>
            </Tooltip>
            <ActionIcon variant="subtle" c="inherit" aria-label={words.shell.close} onClick={close}>
              <IconX size={18} aria-hidden />
            </ActionIcon>
          </>
        }
      />
    </aside>
  );
}
