import type { Language } from "../../language";
import { told } from "./editing";
import { WIDGET } from "./fields";

const COLOUR = /^#[0-9a-f]{6}$/i;
const HALF = 0.179; // lightness from which on black can be read better than white

/** How the box will greet visitors and hand them on, in one language. */
export function WidgetLook({ text, language }: { text: string; language: Language }) {
  const said = (part: string) => valueOf(text, `widget.${part}_${language}`);
  const colour = valueOf(text, "widget.colour");
  const shown = COLOUR.test(colour) ? colour : "#1f5fbf";
  return (
    <div className="widget-look" lang={language === "zh" ? "zh-CN" : "en"}>
      <header style={{ background: shown, color: lightness(shown) > HALF ? "#000" : "#fff" }}>{said("title")}</header>
      <p>{said("greeting")}</p>
      <p>{said("handoff")}</p>
    </div>
  );
}

function valueOf(text: string, name: string): string {
  const now = told(text, name);
  return String(now.kind === "set" ? now.value : (WIDGET.find((field) => field.name === name)?.usual ?? ""));
}

/** 0 to 1, as WCAG reckons it. */
function lightness(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
