/**
 * Wenyuan 文渊: the box in which visitors of a site ask; docs/en/widget.md says how a page has it.
 *
 * It lives in a shadow root, so neither its styles nor the page's reach the other. What comes from documents, models
 * and people is only ever set as text, never parsed; the conversation is kept in this tab's sessionStorage.
 *
 * @typedef {{n: number, title: string, heading: string, page: ?number, quote: string, url: ?string}} Source
 * @typedef {{title: string, heading: string}} Place
 * @typedef {{decision: string, answer: string, reason: string, citations: Source[], nearest: Place[]}} Answer
 * @typedef {{role: "user" | "assistant", content: string, answer?: Answer, told?: boolean}} Turn
 * @typedef {Record<"zh" | "en", string>} Both
 * @typedef {{title: Both, greeting: Both, handoff: Both, colour: string}} Look
 */
(() => {
  "use strict";

  const WORDS = {
    zh: {
      title: "在线帮助", open: "打开在线帮助", close: "关闭", ask: "请输入问题", send: "发送", stop: "停止", person: "转人工",
      wait: "正在查找答案……", sources: "来源", source: "来源", page: "第 # 页", you: "您：", talk: "对话",
      unknown: "我们的资料里没有找到可靠的答案。", near: "最接近的内容：", offer: "您可以把这段对话转给人工处理。",
      failed: "现在无法回答，请稍后再试，或转人工。", busy: "现在提问的人较多，请稍后再试。", stopped: "已停止。",
      about: "想说明什么？（选填）", contact: "联系方式，如电话或邮箱（选填）", back: "返回", handOn: "提交给人工",
      handed: "已转给人工，编号：", notHanded: "未能提交，请稍后再试。", wants: "访客要求人工服务", fresh: "新的对话",
      none: "尚未提问",
    },
    en: {
      title: "Help", open: "Open help", close: "Close", ask: "Type your question", send: "Send", stop: "Stop",
      person: "Talk to a person",
      wait: "Looking for an answer …", sources: "Sources", source: "Source", page: "page #", you: "You: ",
      talk: "Conversation",
      unknown: "I found no reliable answer to that in our documents.", near: "Closest to it:",
      offer: "You can pass this conversation on to a person.",
      failed: "This cannot be answered now. Try again later, or talk to a person.",
      busy: "Many people are asking right now. Try again in a moment.", stopped: "Stopped.",
      about: "What is it about? (optional)", contact: "How to reach you: phone or e-mail (optional)", back: "Back",
      handOn: "Send to a person", handed: "Passed on to a person. Your reference: ",
      notHanded: "It could not be sent. Try again later.", wants: "The visitor asked for a person",
      fresh: "New conversation", none: "Nothing was asked yet",
    },
  };
  const STYLE = `
:host { all: initial !important; }
* { box-sizing: border-box; font: inherit; color: inherit; letter-spacing: normal; }
.root { font: 15px/1.55 system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; color: #1c2024;
  text-align: left; color-scheme: light; }
[hidden] { display: none !important; }
button { cursor: pointer; border: 0; background: none; padding: 0; }
:focus-visible { outline: 3px solid var(--c); outline-offset: 2px; }
.launch, header, .send, .say.you { background: var(--c); color: var(--ink); }
.launch { position: fixed; right: 20px; bottom: 20px; width: 56px; height: 56px; border-radius: 28px;
  z-index: 2147483646; box-shadow: 0 4px 16px #0004; display: grid; place-items: center; }
.box { position: fixed; right: 20px; bottom: 88px; width: 380px; height: min(580px, calc(100vh - 108px));
  background: #fff; border: 1px solid #d5d9de; border-radius: 14px; box-shadow: 0 8px 40px #0003; overflow: hidden;
  z-index: 2147483647; display: flex; flex-direction: column; }
header { display: flex; align-items: center; gap: 4px; padding: 8px 8px 8px 16px; }
h2 { flex: 1; margin: 0; font-size: 16px; font-weight: 600; overflow: hidden; text-overflow: ellipsis;
  white-space: nowrap; }
.icon { width: 36px; height: 36px; border-radius: 8px; display: grid; place-items: center; }
.icon:hover { background: #fff3; }
header :focus-visible, .launch:focus-visible { outline-color: currentColor; outline-offset: -4px; }
.log { flex: 1; overflow-y: auto; overscroll-behavior: contain; padding: 16px; display: flex; flex-direction: column;
  gap: 10px; }
.say { max-width: 88%; padding: 8px 12px; border-radius: 12px; background: #f0f2f5; align-self: flex-start;
  white-space: pre-wrap; overflow-wrap: anywhere; }
.you { align-self: flex-end; }
.wait { color: #565d66; }
b { font-weight: 600; }
.mark { color: var(--link); font-size: 12px; padding: 0 4px; border-radius: 4px; background: #fff; margin-left: 2px; }
details { margin-top: 8px; white-space: normal; font-size: 13px; }
summary { cursor: pointer; color: var(--link); }
ol, ul { margin: 6px 0 0; padding-left: 20px; }
li + li { margin-top: 8px; }
a { color: var(--link); }
q { display: block; quotes: none; color: #4a5159; border-left: 3px solid #d5d9de; padding-left: 8px; margin-top: 2px; }
.offer { margin-top: 8px; }
.plain { color: var(--link); text-decoration: underline; padding: 4px 0; }
form { border-top: 1px solid #e4e7eb; padding: 10px 12px; display: flex; gap: 8px; align-items: flex-end; }
form.hand { flex: 1; flex-direction: column; align-items: stretch; border: 0; padding: 16px; gap: 12px;
  overflow-y: auto; }
textarea, input { width: 100%; border: 1px solid #80868e; border-radius: 8px; padding: 8px 10px; background: #fff;
  resize: none; }
label { display: grid; gap: 4px; }
.send { border-radius: 8px; padding: 9px 14px; min-height: 40px; white-space: nowrap; font-weight: 600; }
.row { display: flex; gap: 12px; align-items: center; justify-content: space-between; }
footer { padding: 0 12px 8px; display: flex; justify-content: space-between; font-size: 13px; }
p { margin: 0; white-space: pre-wrap; }
.sr { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (max-width: 480px) {
  .box { inset: 0; width: auto; height: 100vh; height: 100dvh; border: 0; border-radius: 0; }
  textarea, input { font-size: 16px; }
}`;

  const script = /** @type {HTMLScriptElement} */ (document.currentScript);
  const kb = script.dataset.kb ?? "", key = script.dataset.key ?? "";
  const api = new URL(`api/knowledge-bases/${encodeURIComponent(kb)}/`, script.src).href;
  const wanted = script.dataset.language ?? "auto";
  const read = wanted === "auto" ? document.documentElement.lang || navigator.language : wanted;
  const language = /^zh/i.test(read) ? "zh" : "en";
  const words = WORDS[language];
  const kept = `wenyuan:${api}`;

  /** @type {Turn[]} */ let turns = [];
  /** @type {?AbortController} */ let asking = null;
  let handing = false;

  /** Makes an element; children that are strings become text.
   * @param {string} tag @param {Record<string, any>} given @param {...(Node | string | null)} children */
  function make(tag, given = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(given)) {
      if (typeof value === "function") made.addEventListener(name, value);
      else if (value !== null && value !== false) made.setAttribute(name, value === true ? "" : value);
    }
    made.append(...children.filter((each) => each !== null));
    return made;
  }

  /** Draws an icon out of the path of its lines. @param {string} lines */
  function icon(lines) {
    const space = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(space, "svg"), path = document.createElementNS(space, "path");
    const given = { viewBox: "0 0 24 24", width: 24, height: 24, fill: "none", stroke: "currentColor",
      "stroke-width": 2, "stroke-linecap": "round", "stroke-linejoin": "round", "aria-hidden": "true" };
    for (const [name, value] of Object.entries(given)) svg.setAttribute(name, String(value));
    path.setAttribute("d", lines);
    svg.append(path);
    return svg;
  }

  /** @param {string} path @param {?object} body @param {AbortSignal} [signal] */
  function call(path, body, signal) {
    const headers = { Authorization: `Bearer ${key}`, "Accept-Language": language };
    if (body) headers["Content-Type"] = "application/json";
    const sent = { method: body ? "POST" : "GET", headers, body: body && JSON.stringify(body), signal };
    return fetch(api + path, { ...sent, mode: "cors", credentials: "omit", cache: "no-store" });
  }

  const log = make("div", { class: "log", role: "log", "aria-live": "off", tabindex: "0", "aria-label": words.talk });
  const status = make("div", { class: "sr", role: "status", "aria-live": "polite" });
  const field = /** @type {HTMLTextAreaElement} */ (make("textarea", {
    rows: "2", "aria-label": words.ask, placeholder: words.ask, maxlength: "2000", keydown: pressed }));
  const send = make("button", { class: "send", type: "submit" }, words.send);
  const asks = make("form", { submit: submitted }, field, send);
  const more = make("footer", {}, make("button", { class: "plain", type: "button", click: showHandoff }, words.person),
    make("button", { class: "plain", type: "button", click: restart }, words.fresh));
  const about = /** @type {HTMLTextAreaElement} */ (make("textarea", { rows: "3", maxlength: "1500" }));
  const contact = /** @type {HTMLInputElement} */ (make("input", { maxlength: "500", autocomplete: "email" }));
  const says = make("p"), wrong = make("p", { role: "alert" });
  const hand = make("form", { class: "hand", hidden: true, submit: handOn }, says,
    make("label", {}, words.about, about), make("label", {}, words.contact, contact), wrong,
    make("div", { class: "row" }, make("button", { class: "plain", type: "button", click: showTalk }, words.back),
      make("button", { class: "send", type: "submit" }, words.handOn)));
  const title = make("h2", { id: "title" });
  const box = make("div", {
    class: "box", role: "dialog", "aria-labelledby": "title", id: "box", hidden: true, keydown: trap },
    make("header", {}, title, make("button", { class: "icon", type: "button", "aria-label": words.close, click: close },
      icon("M6 6l12 12M18 6L6 18"))), log, asks, more, hand, status);
  const launch = make("button", { class: "launch", type: "button", "aria-label": words.open, "aria-expanded": "false",
    "aria-controls": "box", click: () => (box.hidden ? open() : close()) }, icon("M4 5h16v11H10l-5 4v-4H4z"));
  const root = make("div", { class: "root", lang: language === "zh" ? "zh-CN" : "en" }, launch, box);

  const unsaid = (name) => ({ zh: WORDS.zh[name], en: WORDS.en[name] });
  /** @type {Look} */ let look = {
    title: unsaid("title"), greeting: unsaid("ask"), handoff: unsaid("offer"), colour: "#1f5fbf" };

  /** How light a colour is, 0 to 1, as WCAG reckons it. @param {string} colour */
  function luminance(colour) {
    const [r, g, b] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }

  /** @param {ShadowRoot} shadow */
  function dress(shadow) {
    const colour = /^#[0-9a-f]{6}$/i.test(look.colour) ? look.colour : "#1f5fbf";
    const light = luminance(colour);
    const link = light > 0.15 ? "#1a4f9c" : colour;
    const own = `:host { --c: ${colour}; --ink: ${light > 0.179 ? "#000" : "#fff"}; --link: ${link}; }`;
    try {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(own + STYLE);
      shadow.adoptedStyleSheets = [sheet];
    } catch { // a browser of before 2023
      shadow.prepend(make("style", {}, own + STYLE));
    }
    title.textContent = look.title[language];
    says.textContent = look.handoff[language];
    if (!asking) draw();
  }

  function open() {
    box.hidden = false;
    launch.setAttribute("aria-expanded", "true");
    showTalk();
  }

  function close() {
    box.hidden = true;
    launch.setAttribute("aria-expanded", "false");
    launch.focus();
  }

  /** @param {boolean} form whether it is the one for a person */
  function show(form) {
    for (const each of [log, asks, more]) each.hidden = form;
    hand.hidden = !form;
    (form ? about : field).focus();
    log.scrollTop = log.scrollHeight;
  }
  function showTalk() { show(false); }
  function showHandoff() {
    wrong.textContent = "";
    show(true);
  }

  /** Keeps Tab within the box, and closes it with Escape. @param {KeyboardEvent} event */
  function trap(event) {
    event.stopPropagation(); // what is typed here is no shortcut of the page
    if (event.isComposing) return;
    if (event.key === "Escape") close();
    if (event.key !== "Tab") return;
    const all = [...box.querySelectorAll("button, a, textarea, input, summary, [tabindex]")];
    const there = all.filter((each) => each.offsetParent !== null);
    const at = there.indexOf(shadow.activeElement);
    if (at !== (event.shiftKey ? 0 : there.length - 1)) return;
    event.preventDefault();
    there[event.shiftKey ? there.length - 1 : 0].focus();
  }

  /** @param {KeyboardEvent} event */
  function pressed(event) {
    const composes = event.isComposing || event.keyCode === 229; // Enter takes the input method's word
    if (event.key !== "Enter" || event.shiftKey || composes) return;
    event.preventDefault();
    if (!asking) submitted(event);
  }

  /** @param {Event} event */
  function submitted(event) {
    event.preventDefault();
    const question = field.value.trim();
    if (asking) asking.abort();
    else if (question) void ask(question);
  }

  /** The text of an answer: bold words, numbers of sources that lead to them, and the rest as it is.
   * @param {string} text @param {?Element} list */
  function worded(text, list) {
    return text.split(/(\*\*[^*\n]+\*\*|\[\d{1,2}\])/).map((part) => {
      const n = /^\[(\d+)\]$/.exec(part)?.[1];
      const at = n && list?.querySelector(`[value="${n}"]`);
      if (at) {
        const lead = () => {
          at.closest("details").open = true;
          at.focus();
        };
        return make("button", { class: "mark", type: "button", "aria-label": `${words.source} ${n}`, click: lead }, n);
      }
      return part.startsWith("**") ? make("b", {}, part.slice(2, -2)) : part;
    });
  }

  /** The section, where it is not the title once more. @param {Place} place */
  function within({ title, heading }) {
    const rest = title && heading.startsWith(title) ? heading.slice(title.length).replace(/^ [>›] /, "") : heading;
    return title ? rest.replaceAll(" > ", " › ") : "";
  }

  /** @param {Source} source */
  function shownSource(source) {
    const name = source.title || source.heading;
    const page = source.page ? words.page.replace("#", String(source.page)) : "";
    const web = /^https?:\/\//i.test(source.url ?? "");
    const out = { href: source.url, target: "_blank", rel: "noopener noreferrer nofollow" };
    const titled = web ? make("a", out, name) : name;
    const quote = source.quote.length > 300 ? `${source.quote.slice(0, 300)}…` : source.quote;
    return make("li", { value: String(source.n), tabindex: "-1" }, titled,
      [within(source), page].filter(Boolean).map((each) => ` · ${each}`).join(""), quote ? make("q", {}, quote) : null);
  }

  /** @param {Turn} turn */
  function bubble(turn) {
    const speaker = make("span", { class: "sr" }, words.you);
    if (turn.role === "user") return make("div", { class: "say you" }, speaker, turn.content);
    const said = turn.answer;
    if (!said || said.decision === "REPLIED") return make("div", { class: "say" }, turn.content);
    if (said.decision === "ABSTAINED") {
      const near = said.nearest.map((each) =>
        make("li", {}, [each.title || each.heading, within(each)].filter(Boolean).join(" · ")));
      return make("div", { class: "say" }, turn.content, near.length ? make("details", { open: true },
        make("summary", {}, words.near), make("ul", {}, ...near)) : null, make("div", { class: "offer" },
        make("button", { class: "plain", type: "button", click: showHandoff }, words.person)));
    }
    const list = make("ol", {}, ...said.citations.map(shownSource));
    const sources = make("details", {}, make("summary", {}, `${words.sources} (${said.citations.length})`), list);
    return make("div", { class: "say" }, ...worded(turn.content, list), said.citations.length ? sources : null);
  }

  function draw() {
    log.replaceChildren(make("div", { class: "say" }, look.greeting[language]), ...turns.map(bubble));
    log.scrollTop = log.scrollHeight;
  }

  /** @param {Turn} turn */
  function add(turn) {
    turns = [...turns, turn].slice(-60);
    try {
      sessionStorage.setItem(kept, JSON.stringify(turns));
    } catch { /* the page keeps nothing: the conversation ends with it */ }
    draw();
  }

  function restart() {
    asking?.abort();
    turns = [];
    try {
      sessionStorage.removeItem(kept);
    } catch { /* as above */ }
    draw();
    field.focus();
  }

  /** @param {string} question */
  async function ask(question) {
    const mine = (asking = new AbortController());
    const history = turns.filter((each) => !each.told).slice(-20).map(({ role, content }) => ({ role, content }));
    add({ role: "user", content: question });
    field.value = "";
    send.textContent = words.stop;
    const pending = make("div", { class: "say wait" }, words.wait);
    log.append(pending);
    log.scrollTop = log.scrollHeight;
    status.textContent = words.wait;
    /** @type {Turn} */ let turn;
    try {
      const answer = await streamed(await call("ask", { question, history, stream: true }, mine.signal), pending);
      const refused = answer.decision === "ABSTAINED";
      turn = { role: "assistant", content: refused ? words.unknown : answer.answer, answer };
    } catch (error) {
      if (mine.signal.aborted && !turns.length) return; // a new conversation was begun
      turn = { role: "assistant", told: true, content: mine.signal.aborted ? words.stopped : failure(error) };
      if (!field.value) field.value = question;
    } finally {
      asking = null;
      send.textContent = words.send;
    }
    add(turn);
    status.textContent = turn.content;
  }

  /** What a visitor is told; what the page's maker is told is in the console. @param {any} error */
  function failure(error) {
    console.warn("wenyuan:", error.message);
    return error.status === 429 || error.status === 503 ? words.busy : words.failed;
  }

  /** @param {Response} response */
  async function checked(response) {
    if (response.ok) return response;
    const told = await response.json().catch(() => null);
    throw Object.assign(new Error(told?.error?.message ?? `HTTP ${response.status}`), { status: response.status });
  }

  /** Reads the events of an answer, and shows its text as it comes. @param {Response} response @param {Element} shown
   * @returns {Promise<Answer>} */
  async function streamed(response, shown) {
    const reader = (await checked(response)).body.pipeThrough(new TextDecoderStream()).getReader();
    for (let rest = "", text = ""; ;) {
      const { value, done } = await reader.read();
      if (done) throw new Error("the stream ended before the answer");
      const parts = (rest + value).split("\n\n");
      rest = parts.pop() ?? "";
      for (const part of parts) {
        const [, name, data] = /^event: (\w+)\ndata: (.*)$/s.exec(part) ?? [];
        if (name === "answer") return JSON.parse(data);
        if (name === "error") throw new Error(JSON.parse(data).error.message);
        if (name !== "text") continue;
        text += JSON.parse(data).text;
        const below = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
        shown.classList.remove("wait");
        shown.textContent = text;
        if (below) log.scrollTop = log.scrollHeight;
      }
    }
  }

  /** Sends what a person needs to go on. @param {Event} event */
  async function handOn(event) {
    event.preventDefault();
    if (handing) return;
    const said = turns.map(({ role, content }) => ({ role, content: content.slice(0, 4000) })).slice(-20);
    const last = turns.findLast?.((each) => each.answer)?.answer;
    const told = turns.flatMap((each) => [...(each.answer?.citations ?? []), ...(each.answer?.nearest ?? [])]);
    const passages = told.slice(-10).map((each) => ({
      title: each.title.slice(0, 500), heading: each.heading.slice(0, 500),
      quote: (each.quote ?? "").slice(0, 1000) }));
    const why = last?.decision === "ABSTAINED" ? last.reason : words.wants;
    const packet = { conversation: said.length ? said : [{ role: "user", content: about.value.trim() || words.none }],
      passages, reason: [why, about.value.trim()].filter(Boolean).join("\n").slice(0, 2000),
      contact: contact.value.trim(), language };
    handing = true;
    try {
      const { id } = await (await checked(await call("handoffs", packet))).json();
      about.value = "";
      add({ role: "assistant", told: true, content: words.handed + id });
      showTalk();
      status.textContent = words.handed + id;
    } catch (error) {
      console.warn("wenyuan:", error.message);
      wrong.textContent = words.notHanded;
    } finally {
      handing = false;
    }
  }

  /** The look of the box: what the server says, asked once an hour. @param {ShadowRoot} shadow */
  async function fetchLook(shadow) {
    const place = `${kept}look`;
    try {
      const known = JSON.parse(sessionStorage.getItem(place) ?? "null");
      if (known?.until > Date.now()) look = known.look;
      else {
        look = await (await checked(await call("widget", null))).json();
        sessionStorage.setItem(place, JSON.stringify({ look, until: Date.now() + 3.6e6 }));
      }
    } catch (error) {
      console.warn("wenyuan:", error.message);
    }
    dress(shadow);
  }

  const host = document.createElement("wenyuan-widget");
  const shadow = host.attachShadow({ mode: "open" });
  shadow.append(root);
  try {
    turns = JSON.parse(sessionStorage.getItem(kept) ?? "[]");
  } catch { /* nothing is kept */ }
  dress(shadow);
  const place = () => {
    document.body.append(host);
    void fetchLook(shadow);
  };
  if (document.body) place();
  else addEventListener("DOMContentLoaded", place, { once: true });
})();
