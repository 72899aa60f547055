import { NumberInput } from "@mantine/core";
import { type ComponentProps, useState } from "react";

interface Given extends Omit<ComponentProps<typeof NumberInput>, "onChange" | "value"> {
  readonly value: number | string;
  readonly change: (value: number | null) => void;
}

/** A number; what is half written, such as "0.", stands until it is one. */
export function NumberField({ value, change, ...rest }: Given) {
  const [half, setHalf] = useState<string | null>(null);
  return (
    <NumberInput
      {...rest}
      clampBehavior="none"
      value={half ?? value}
      onBlur={() => setHalf(null)}
      onChange={(next) => {
        const written = typeof next === "string" && next !== "";
        setHalf(written ? next : null);
        if (!written) change(typeof next === "number" ? next : null);
      }}
    />
  );
}
