import { type ComponentPropsWithRef, createContext, useContext } from "react";
import { Link } from "react-router";

import { useBase } from "../../shell/base";
import { type Spot, addressOfSpot } from "../../shared/places";

/** Opens a passage beside the conversation, where there is room for that; else its link is followed. */
export const OpenBeside = createContext<((spot: Spot, quote: string | null) => void) | null>(null);

interface Quoted extends Spot {
  readonly corrected?: boolean;
}

type Given = { spot: Quoted; quote: string } & Omit<ComponentPropsWithRef<"a">, "href">;

/** A link to a passage; as a link it can be copied, and opened in a tab of its own. */
export function SpotLink({ spot, quote, children, ...rest }: Given) {
  const base = useBase();
  const beside = useContext(OpenBeside);
  const stands = spot.corrected ? null : quote; // the document itself does not say what a person wrote in its place
  return (
    <Link
      {...rest}
      to={addressOfSpot(base, spot)}
      state={{ quote: stands }}
      onClick={(event) => {
        const elsewhere = event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || event.button !== 0;
        if (beside === null || elsewhere) return;
        event.preventDefault();
        beside(spot, stands);
      }}
    >
      {children}
    </Link>
  );
}
