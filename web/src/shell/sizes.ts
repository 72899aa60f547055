/** Pixels of the bar above every page; the style sheets of pages know it, too. */
export const HEADER = 56;
