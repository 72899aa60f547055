import { useState } from "react";

import { BroughtFiles } from "../library/BroughtFiles";
import { type Bringing, useBrought } from "../library/bringing";
import { isDone } from "../library/uploads";

interface Given {
  readonly base: string;
  readonly bringing: Bringing;
  /** Whether nothing has been asked yet. */
  readonly isFirst: boolean;
}

/** How far files are, above the question: those of this visit, until it is asked and all are read. */
export function BroughtHere({ base, bringing, isFirst }: Given) {
  const files = useBrought(bringing);
  const [before] = useState(files);
  if (!isFirst && files === before && files.every(isDone)) return null;
  return (
    <div className="column brought">
      <BroughtFiles base={base} bringing={bringing} />
    </div>
  );
}
