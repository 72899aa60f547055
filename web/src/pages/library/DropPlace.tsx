import { Paper, Text } from "@mantine/core";
import { type DragEvent, type ReactNode, useRef, useState } from "react";

import { useWords } from "../../language";
import { type Found, dropped } from "./gathering";
import "./library.css";

interface Given {
  readonly enabled: boolean;
  readonly place: string;
  readonly take: (found: Found[]) => void;
  readonly children: ReactNode;
}

/** The whole page takes files and folders that are dropped on it, but for what something in it has taken. */
export function DropPlace({ enabled, place, take, children }: Given) {
  const words = useWords().library.bring;
  const [over, setOver] = useState(false);
  const depth = useRef(0); // of elements that the pointer has entered
  const holdsFiles = (event: DragEvent) => enabled && event.dataTransfer.types.includes("Files");

  function move(event: DragEvent, step: number): void {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    depth.current += step;
    setOver(depth.current > 0);
  }

  return (
    <div
      className="drop-place"
      onDragEnter={(event) => move(event, 1)}
      onDragLeave={(event) => move(event, -1)}
      onDragOver={(event) => holdsFiles(event) && event.preventDefault()}
      onDrop={(event) => {
        depth.current = 0;
        setOver(false);
        if (!holdsFiles(event) || event.isDefaultPrevented()) return;
        event.preventDefault();
        void dropped(event.dataTransfer).then(take);
      }}
    >
      {children}
      {over && (
        <Paper className="drop-sign" aria-hidden>
          <Text fw={600} size="lg">
            {words.drop}
          </Text>
          {place !== "" && <Text>{words.into(place)}</Text>}
        </Paper>
      )}
    </div>
  );
}
