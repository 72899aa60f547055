import { Button } from "@mantine/core";
import { IconFilePlus, IconFolderPlus } from "@tabler/icons-react";
import { useRef } from "react";

import { useWords } from "../../language";
import { ACCEPTED } from "./formats";
import { type Found, picked } from "./gathering";

/** Choose files, or a folder with all that lies in it. */
export function AddButtons({ take }: { take: (found: Found[]) => void }) {
  const words = useWords().library.bring;
  return (
    <>
      <PickButton label={words.files} Sign={IconFilePlus} folder={false} take={take} />
      <PickButton label={words.folder} Sign={IconFolderPlus} folder take={take} />
    </>
  );
}

interface Given {
  readonly label: string;
  readonly Sign: typeof IconFilePlus;
  readonly folder: boolean;
  readonly take: (found: Found[]) => void;
}

function PickButton({ label, Sign, folder, take }: Given) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label={label}
        tabIndex={-1}
        webkitdirectory={folder ? "" : undefined}
        accept={folder ? undefined : ACCEPTED}
        onChange={(event) => {
          take(picked(event.currentTarget.files ?? new DataTransfer().files));
          event.currentTarget.value = ""; // so that the same can be chosen again
        }}
      />
      <Button
        size="sm"
        variant={folder ? "default" : "filled"}
        leftSection={<Sign size={16} aria-hidden />}
        onClick={() => input.current?.click()}
      >
        {label}
      </Button>
    </>
  );
}
