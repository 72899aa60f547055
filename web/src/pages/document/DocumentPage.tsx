import { ActionIcon, Box } from "@mantine/core";
import { IconArrowLeft } from "@tabler/icons-react";
import { useLocation, useNavigate, useSearchParams } from "react-router";

import { useWords } from "../../language";
import { addressOfSpot, fileName, numberIn, quoteIn, useDocumentInAddress } from "../../shared/places";
import { useBase } from "../../shell/base";
import { useTitle } from "../../shell/title";
import { CopyLink } from "./CopyLink";
import { DocumentView, type View } from "./DocumentView";

const VIEWS: readonly string[] = ["text", "original", "passages"];

/** A document as a page of its own; its address names the passage, so that it can be sent to others. */
export default function DocumentPage() {
  const base = useBase();
  const document = useDocumentInAddress();
  const words = useWords().document;
  const [search] = useSearchParams();
  const location = useLocation();
  const navigate = useNavigate();
  useTitle(fileName(document));
  const spot = { document, start: numberIn(search, "start"), end: numberIn(search, "end") };
  const asked = search.get("view");

  return (
    <Box h="calc(100dvh - 56px)" maw={1000} mx="auto">
      <DocumentView
        base={base}
        spot={spot}
        level={1}
        quote={quoteIn(location.state)}
        view={asked !== null && VIEWS.includes(asked) ? (asked as View) : null}
        choose={(view, to) => {
          const address = addressOfSpot(base, to);
          const sign = address.includes("?") ? "&" : "?";
          void navigate(`${address}${sign}view=${view}`, { replace: true, state: location.state });
        }}
        tools={
          <>
            <CopyLink base={base} spot={spot} />
            {location.key !== "default" && (
              <ActionIcon variant="subtle" c="inherit" aria-label={words.back} onClick={() => void navigate(-1)}>
                <IconArrowLeft size={18} aria-hidden />
              </ActionIcon>
            )}
          </>
        }
      />
    </Box>
  );
}
