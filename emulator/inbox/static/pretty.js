/* Bodies, laid out to be read: JSON and XML are indented without a character of them being changed. */

import { button, copy, el } from "./dom.js";

const MOST_COLOURED = 60_000;
const MOST_SHOWN = 200_000;
const JSON_TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+|"/gu;
const XML_TOKEN = /<[^>]*>|[^<]+|</gu;

/** A body with its heading; the places that pointers name are marked. */
export function bodyBlock(title, text, pointers = []) {
  if (!text) return el("section", { class: "body" }, el("h4", null, title), el("p", { class: "quiet" }, "empty"));
  const lines = layout(text);
  const pre = el("pre", { tabindex: "0", "aria-label": title });
  const show = (pretty) => pre.replaceChildren(...(pretty && lines ? drawn(lines, new Set(pointers)) : [shortened(text)]));
  show(true);
  const raw = lines && lines.map(flatLine).join("\n") !== text
    ? button("Raw", null, () => {
        const now = raw.getAttribute("aria-pressed") !== "true";
        raw.setAttribute("aria-pressed", String(now));
        show(!now);
      }, { class: "quiet small", "aria-pressed": "false" })
    : null;
  return el("section", { class: "body" },
    el("div", { class: "body-head" }, el("h4", null, title), raw,
      button("Copy", "copy", () => copy(text, title), { class: "quiet small" })),
    pre);
}

/** Lines of [indent, pointer, tokens], or null where the text is neither JSON nor XML. */
export function layout(text) {
  if (text.length > MOST_COLOURED) return null;
  const start = text.trimStart()[0];
  if (start === "{" || start === "[") return isJson(text) ? jsonLines(text) : null;
  return start === "<" ? xmlLines(text) : null;
}

function isJson(text) {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function jsonLines(text) {
  const lines = [];
  const stack = [];
  let line = newLine(0, "");
  const pointer = () => stack.map((level) => `/${escaped(level.key ?? level.index)}`).join("");
  const tokens = text.match(JSON_TOKEN);
  tokens.forEach((token, i) => {
    const level = stack.at(-1);
    if (token === "{" || token === "[") {
      line.tokens.push(["", token]);
      stack.push(token === "{" ? { key: "", expects: "key" } : { index: 0 });
      if (tokens[i + 1] !== "}" && tokens[i + 1] !== "]") next();
    } else if (token === "}" || token === "]") {
      const empty = tokens[i - 1] === "{" || tokens[i - 1] === "[";
      stack.pop();
      if (!empty) next();
      line.tokens.push(["", token]);
    } else if (token === ",") {
      line.tokens.push(["", token]);
      if (level.index === undefined) level.expects = "key";
      else level.index += 1;
      next();
    } else if (token === ":") {
      line.tokens.push(["", ": "]);
      level.expects = "value";
    } else if (level?.expects === "key") {
      level.key = JSON.parse(token);
      line.pointer = pointer();
      line.tokens.push(["key", token]);
    } else line.tokens.push([token[0] === '"' ? "string" : "value", token]);
  });
  lines.push(line);
  return lines;

  function next() {
    lines.push(line);
    line = newLine(stack.length, stack.at(-1)?.index === undefined ? "" : pointer());
  }
}

function xmlLines(text) {
  const lines = [];
  let depth = 0;
  let opened = null;
  for (const token of text.match(XML_TOKEN)) {
    const closing = token.startsWith("</");
    const alone = /^<[?!]|\/>$/u.test(token);
    if (token[0] !== "<") {
      if (!token.trim()) continue;
      if (opened) opened.tokens.push(["string", token]);
      else lines.push(newLine(depth, "", ["string", token.trim()]));
    } else if (closing) {
      depth = Math.max(0, depth - 1);
      if (opened) opened.tokens.push(["key", token]);
      else lines.push(newLine(depth, "", ["key", token]));
      opened = null;
    } else {
      opened = newLine(depth, "", ["key", token]);
      lines.push(opened);
      if (alone) opened = null;
      else depth += 1;
    }
  }
  return lines;
}

const newLine = (indent, pointer, ...tokens) => ({ indent, pointer, tokens });
const escaped = (key) => String(key).replaceAll("~", "~0").replaceAll("/", "~1");
const flatLine = (line) => "  ".repeat(line.indent) + line.tokens.map(([, text]) => text).join("");

function drawn(lines, pointers) {
  return lines.map((line) => {
    const node = el("span", { class: line.pointer && pointers.has(line.pointer) ? "line marked" : "line" }, "  ".repeat(line.indent));
    for (const [kind, text] of line.tokens) node.append(kind ? el("span", { class: `t-${kind}` }, text) : text);
    node.append("\n");
    return node;
  });
}

const shortened = (text) =>
  text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}\n… ${(text.length - MOST_SHOWN).toLocaleString()} more characters: copy it to see them` : text;
