/* Elements, icons and times. Whatever a message contains is set as text, never as HTML. */

const SVG = "http://www.w3.org/2000/svg";

const ICONS = {
  alert: "M12 4 2.5 20h19zM12 10v4m0 3v.01",
  audio: "M9 18V6l10-2v12M9 18a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0zm10-2a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0z",
  back: "m15 5-7 7 7 7",
  chat: "M5 5h14a2 2 0 0 1 2 2v7a2 2 0 0 1-2 2h-7l-5 4v-4H5a2 2 0 0 1-2-2V7a2 2 0 0 1 2-2z",
  check: "m5 13 4.5 4.5L19 7",
  checks: "m2 13 4 4.5L15 7m-4 9.5 1.5 1L22 7",
  clock: "M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18zm0 4v5l3.5 2",
  close: "m6 6 12 12M18 6 6 18",
  code: "m8 7-5 5 5 5m8-10 5 5-5 5",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  down: "M12 5v14m-6-6 6 6 6-6",
  external: "M14 4h6v6m0-6-9 9M18 14v5a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V7a1 1 0 0 1 1-1h5",
  eye: "M2 12s4-7 10-7 10 7 10 7-4 7-10 7-10-7-10-7zm10-3a3 3 0 1 1 0 6 3 3 0 0 1 0-6z",
  file: "M6 3h8l5 5v13H6zm8 0v5h5",
  filter: "M3 6h18M6 12h12m-8 6h4",
  globe: "M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18zM3 12h18M12 3c5 5 5 13 0 18-5-5-5-13 0-18z",
  image: "M4 5h16v14H4zm0 11 5-5 4 4 3-3 4 4M15.5 9.5v.01",
  info: "M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18zm0 8v5m0-8v.01",
  line: "M12 4c5.5 0 10 3.3 10 7.5 0 3-3.5 5.5-10 9.5v-2.5c-5.5 0-10-2.8-10-7S6.5 4 12 4z",
  list: "M8 6h13M8 12h13M8 18h13M3.5 6v.01m0 5.99v.01m0 5.990v.01",
  mail: "M3 6h18v12H3zm0 1 9 6 9-6",
  phone: "M8 3h8a1 1 0 0 1 1 1v16a1 1 0 0 1-1 1H8a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1zm3 15h2",
  pin: "M12 21s-7-6.5-7-11.5a7 7 0 0 1 14 0C19 14.5 12 21 12 21zm0-14a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5z",
  plane: "m21 4-18 7.5 6 2.5m12-10-3 16-9-6m12-10L9 14v6l3-3.5",
  play: "M4 5h16v14H4zm6 4v6l5-3z",
  plus: "M12 5v14M5 12h14",
  redo: "M20 11a8 8 0 1 0-2.5 6.5M20 4v7h-7",
  send: "M4 12 20 4l-5 16-4-6zm7 2 9-10",
  stop: "M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18zM6 6l12 12",
  tap: "M9 11V5a1.5 1.5 0 0 1 3 0v5l5 1.5a2 2 0 0 1 1.5 2L17.5 20h-7L6 14.5A1.5 1.5 0 0 1 8 13l1 1z",
  tune: "M4 7h10m4 0h2M4 17h2m4 0h10M14 5v4M10 15v4",
  waves: "M3 12h2m3-4v8m4-12v16m4-12v8m3-4h2",
};

/** An element; `on…` are listeners, children may be nodes, strings, arrays, null. */
export function el(tag, props, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "value") node.value = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...flat(children));
  return node;
}

/** A line drawing, decorative unless labelled. */
export function icon(name, label) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  if (label) {
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", label);
  } else svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name] ?? ICONS.chat);
  svg.append(path);
  return svg;
}

/** A button that shows an icon, and the word where there is room. */
export function button(label, iconName, onclick, props) {
  const { bare, ...rest } = props ?? {};
  return el(
    "button",
    { type: "button", onclick, ...(bare ? { "aria-label": label, title: label } : {}), ...rest },
    iconName ? icon(iconName) : null,
    bare ? null : el("span", null, label),
  );
}

/** Replace what a node holds. */
export function fill(node, ...children) {
  node.replaceChildren(...flat(children));
  return node;
}

/** Text in which the web addresses can be followed and the terms searched for are marked. */
export function prose(text, terms = []) {
  return String(text).split(/(https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]])/u).map((part, i) =>
    i % 2 && webAddress(part) ? outside(part, ...marked(part, terms)) : marked(part, terms));
}

/** Text with the terms marked. */
export function marked(text, terms) {
  if (!terms.length) return [text];
  const pattern = terms.map((term) => term.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|");
  return text.split(new RegExp(`(${pattern})`, "giu"))
    .map((part, i) => (i % 2 ? el("mark", null, part) : part));
}

/** A link that leaves the inbox: a tab of its own, which learns nothing of this one. */
export function outside(url, ...children) {
  return el("a", { href: webAddress(url), target: "_blank", rel: "noopener noreferrer" }, ...children);
}

/** The address if it is one of the web, else null; `www.…` counts as one. */
export function webAddress(text) {
  try {
    const url = new URL(/^www\./iu.test(text) ? `https://${text}` : text);
    return url.protocol === "http:" || url.protocol === "https:" ? url.href : null;
  } catch {
    return null;
  }
}

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const LONG_DAY = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const EXACT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

/** The time of day, or the day if it was another. */
export function shortTime(at) {
  const date = new Date(at);
  return date.toDateString() === new Date().toDateString() ? CLOCK.format(date) : DAY.format(date);
}

export const timeOfDay = (at) => CLOCK.format(new Date(at));
export const exactTime = (at) => EXACT.format(new Date(at));

/** «Today», or the day's name. */
export function dayName(at) {
  const date = new Date(at);
  return isSameDay(date, new Date()) ? "Today" : LONG_DAY.format(date);
}

export const isSameDay = (a, b) => a.getDate() === b.getDate() && a.getMonth() === b.getMonth() && a.getFullYear() === b.getFullYear();

export function time(at, shown = timeOfDay) {
  return el("time", { datetime: at, title: exactTime(at) }, shown(at));
}

/** «1 message», «2 messages». */
export const count = (n, noun) => `${n.toLocaleString()} ${noun}${n === 1 ? "" : "s"}`;

/** A passing word to the person. */
export function toast(text, tone = "") {
  const node = el("div", { class: `toast ${tone}` }, text);
  const toasts = document.getElementById("toasts");
  toasts.append(node);
  while (toasts.childElementCount > 3) toasts.firstChild.remove();
  setTimeout(() => node.remove(), tone === "bad" ? 10000 : 5000);
}

/** Put text on the clipboard, or show it to be copied by hand where a page may not. */
export async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    toast(`${what} copied`);
  } catch {
    const box = el("textarea", { readonly: true, rows: 14, value: text, "aria-label": what });
    const dialog = ask(what, box, [button("Done", null, () => dialog.close(), { class: "primary" })]);
    box.select();
  }
}

/** A dialog that is gone once closed. */
export function ask(title, content, buttons, props) {
  const dialog = el("dialog", { "aria-label": title, ...props }, el("h2", null, title), content,
    el("div", { class: "actions" }, buttons));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

const flat = (children) => children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
