/** Whether a rule asks for more than words, as the server tells its conditions. */
export function hasMore(when: string | undefined): boolean {
  return when !== undefined && /(?:^|; )(?:pattern|intent|language) /.test(when);
}
