/** A rule with a test, for whoever has none yet. */
export function exampleOf(document: string): string {
  const name = JSON.stringify(document);
  return `[[rule]]
name = "warranty"
when = { any = ["warranty", "guarantee", "保修", "质保"] }
pin = [${name}]

[[test]]
question = "How long does the warranty last?"
expect = ["warranty"]
top = ${name}
`;
}
