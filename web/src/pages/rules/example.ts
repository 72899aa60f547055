/** A rule with a test, for whoever has none yet. */
export const EXAMPLE = `[[rule]]
name = "price list first"
when = { any = ["price", "价格", "多少钱"] }
pin = ["sales/prices.xlsx"]

[[test]]
question = "What is the price of a seal kit?"
expect = ["price list first"]
`;
