import { type ComponentPropsWithRef, createContext, useContext } from "react";
import { Link } from "react-router";

import { useBase } from "../../shell/base";
import { type Spot, addressOfSpot } from "../../shared/places";

/** Opens a passage beside the conversation, where there is room for that; else its link is followed. */
export const OpenBeside = createContext<((spot: Spot, quote: string | null) => void) | null>(null);

type Given = { spot: Spot; quote: string | null } & Omit<ComponentPropsWithRef<"a">, "href">;

/** A link to a passage; as a link it can be copied, and opened in a tab of its own. */
export function SpotLink({ spot, quote, children, ...rest }: Given) {
  const base = useBase();
  const beside = useContext(OpenBeside);
  return (
    <Link
      {...rest}
      to={addressOfSpot(base, spot)}
      state={{ quote }}
      onClick={(event) => {
        const elsewhere = event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || event.button !== 0;
        if (beside === null || elsewhere) return;
        event.preventDefault();
        beside(spot, quote);
      }}
    >
      {children}
    </Link>
  );
}
