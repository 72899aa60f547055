/** Pages whose code is loaded when they are opened, or a little before. */

import { type ComponentType, type LazyExoticComponent, lazy as lazyOfReact } from "react";

export type Lazy = LazyExoticComponent<ComponentType> & { readonly preload: () => void };

/** As React's own, but it can be told to begin. What could not be loaded is tried again. */
export function lazy(load: () => Promise<{ default: ComponentType }>): Lazy {
  let begun: Promise<{ default: ComponentType }> | null = null;
  const once = () => (begun ??= load());
  const preload = () => {
    once().catch(() => (begun = null)); // who opens it is told why
  };
  return Object.assign(lazyOfReact(once), { preload });
}
