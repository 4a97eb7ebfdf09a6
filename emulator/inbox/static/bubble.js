/* One message, drawn as its recipient sees it. */

import { attempt } from "./api.js";
import { callbackChip } from "./callbacks.js";
import { button, el, exactTime, fill, icon, marked, outside, prose, time, toast, webAddress } from "./dom.js";
import { towards } from "./router.js";
import { channelLook, progress, shape } from "./shapes.js";
import { know } from "./store.js";

const LOADED = new Set();
const MOST_LOADED = 200;
const MOST_TEXT = 5000;

/** The node of an entry: a message, or what the user wrote or tapped. */
export function bubble(entry, words) {
  return entry.kind === "said" ? said(entry, words) : message(entry, words);
}

/** What changes while an entry lives: its status, and the callbacks about it. */
export function below(entry) {
  const foot = entry.kind === "said" ? el("div", { class: "foot" }, time(entry.record.received_at)) : messageFoot(entry);
  return el("div", { class: "below" }, foot, entry.callbacks.map(callbackChip));
}

function message(entry, words) {
  const record = entry.record;
  const parts = shape(record);
  const { tone } = channelLook(record.channel);
  if (parts.action)
    return el("div", { class: "action-line" }, el("p", { class: parts.action.typing ? "typing" : "" },
      parts.action.typing ? el("span", { class: "dots", "aria-hidden": "true" }, el("i"), el("i"), el("i")) : icon("eye"),
      el("span", null, `The application ${parts.action.text}`)), below(entry));
  return el("div", { class: "sent" },
    el("div", { class: `bubble ${tone}` },
      parts.replyTo ? el("p", { class: "reply-to" }, icon("redo"), "in reply to ", el("code", null, parts.replyTo)) : null,
      parts.header ? (parts.header.media ? media(parts.header.media) : el("p", { class: "header" }, marked(parts.header.text, words))) : null,
      parts.subject ? el("p", { class: "subject" }, icon("mail"), parts.subject) : null,
      parts.media ? media(parts.media) : null,
      parts.location ? map(parts.location) : null,
      parts.text ? letter(parts.text, words) : null,
      parts.text === "" ? el("p", { class: "quiet" }, "no text") : null,
      parts.cut ? cut(parts.cut) : null,
      record.link ? followed(record.link) : null,
      parts.list ? list(record, parts.list) : null,
      parts.footer ? el("p", { class: "footer" }, parts.footer.title ? el("b", null, parts.footer.title) : null, parts.footer.text) : null),
    parts.buttons.length ? el("div", { class: "buttons" }, parts.buttons.map((b, i) => tappable(record, b, i))) : null,
    below(entry));
}

function said(entry, words) {
  const record = entry.record;
  return el("div", { class: "wrote" },
    el("div", { class: "bubble mine" }, el("p", { class: "text" }, record.tapped ? icon("tap", "tapped") : null, prose(record.text, words))),
    below(entry));
}

function messageFoot({ record }) {
  const warnings = record.warnings ?? [];
  return el("div", { class: "foot" },
    time(record.received_at),
    ticks(record),
    record.segments > 1 ? el("span", { class: "tag" }, `${record.segments} parts`) : null,
    record.type === "INVITE" ? el("span", { class: "tag" }, "invite") : null,
    record.bulk_id ? el("a", { class: "tag", ...towards({ q: record.bulk_id, c: "" }), title: `Bulk ${record.bulk_id}` }, "bulk") : null,
    warnings.length ? el("a", { class: "tag warned", ...towards({ m: record.id, r: record.request }), title: warnings.map((w) => w.message).join("\n") }, icon("alert"), "warned") : null,
    el("span", { class: "tools" },
      progress(record.status).tone ? null
        : button("Mark as seen", "eye", () => act("POST", `messages/${encodeURIComponent(record.id)}/seen`), { bare: true, class: "quiet small" }),
      el("a", { ...towards({ m: record.id, r: record.request }), class: "quiet small", "aria-label": "Details", title: "The request behind it" }, icon("code"), el("span", null, "Details"))));
}

/** The text; of a very long one the beginning, until the person asks for all of it. */
function letter(text, words) {
  const node = el("p", { class: "text" }, prose(text.slice(0, MOST_TEXT), words));
  if (text.length > MOST_TEXT)
    node.append(button(`Show all ${text.length.toLocaleString()} characters`, null, () => fill(node, prose(text, words)), { class: "small" }));
  return node;
}

/** The tick, and on hover or focus how the message came there. */
function ticks(record) {
  const { status, history } = record;
  const step = progress(status);
  const tip = el("span", { class: "history", role: "tooltip" });
  const tell = () => tip.firstChild ?? tip.append(timeline(history));
  return el("span", { class: `ticks ${step.tone}`, onpointerenter: tell, onfocusin: tell },
    el("button", { type: "button", class: "tick", "aria-label": `Status ${status.name}` }, icon(step.icon), el("span", { class: "state" }, status.name)),
    tip);
}

/** Every status with its time. */
export function timeline(history) {
  return el("ol", { class: "timeline" }, history.map((step) =>
    el("li", null, el("b", null, step.status), step.channel ? ` by ${step.channel}` : null, " ", el("time", { datetime: step.at }, exactTime(step.at)))));
}

/** A picture is fetched when the person asks for it, not before; other files open elsewhere. */
function media({ kind, label, url, name }) {
  const address = webAddress(url);
  const title = el("span", { class: "name" }, name ?? tail(url));
  const host = el("span", { class: "host" }, address ? new URL(address).host : "not an address of the web");
  if (kind !== "image") {
    const content = [el("span", { class: "chip-icon" }, icon(FILE_ICONS[kind] ?? "file")), el("span", null, el("b", null, label), title, host)];
    return address ? el("p", { class: "file" }, outside(address, ...content)) : el("p", { class: "file" }, el("span", null, ...content));
  }
  const frame = el("figure", { class: "frame" });
  const load = () => {
    LOADED.add(address);
    if (LOADED.size > MOST_LOADED) LOADED.delete(LOADED.values().next().value);
    const picture = el("img", { alt: name ?? "Picture of the message", referrerpolicy: "no-referrer", src: address });
    picture.addEventListener("error", () => frame.replaceChildren(el("p", null, icon("image"), "The picture could not be loaded."), el("figcaption", null, title, host)));
    frame.replaceChildren(picture, el("figcaption", null, title, host));
  };
  if (address && LOADED.has(address)) load();
  else
    frame.append(
      address ? button("Load the picture", "image", load, { class: "load" }) : el("p", null, icon("image")),
      el("figcaption", null, title, host));
  return frame;
}

const FILE_ICONS = { video: "play", audio: "audio", voice: "waves", document: "file" };
const tail = (url) => String(url).split(/[?#]/u)[0].split("/").filter(Boolean).at(-1) ?? String(url);

function map({ latitude, longitude }) {
  const query = new URLSearchParams({ mlat: latitude, mlon: longitude });
  return el("div", { class: "map" }, el("div", { class: "ground" }, icon("pin")),
    el("p", null, el("b", null, "Location"), el("span", null, `${latitude}, ${longitude}`),
      outside(`https://www.openstreetmap.org/?${query}#map=15/${latitude}/${longitude}`, "Open the map")));
}

function cut(rest) {
  return el("details", { class: "cut" },
    el("summary", null, icon("alert"), `${[...rest].length.toLocaleString()} more characters were cut off`),
    el("p", null, el("s", null, rest)));
}

function followed({ clicks, user_key: key }) {
  return el("p", { class: "quiet" }, `Followed ${clicks === 1 ? "once" : `${clicks} times`}, by the user `, el("code", null, key));
}

function list(record, { title, sections }) {
  return el("div", { class: "options" },
    title ? el("p", { class: "title" }, title) : null,
    sections.map((section) => el("section", null,
      el("h3", null, section.title, section.description ? el("small", null, section.description) : null),
      section.actions.map((action) =>
        el("button", { type: "button", "aria-label": action.title, onclick: () => tap(record, action.index, action.title) },
          el("b", null, action.title), action.description ? el("small", null, action.description) : null)))));
}

function tappable(record, given, index) {
  const title = given.title ?? given.payload ?? given.url ?? "";
  const hint = given.kind === "url" ? given.url : `sends ${given.payload}`;
  return el("button", { type: "button", title: hint, onclick: () => tap(record, index, title) },
    given.kind === "url" ? icon("external") : null, el("span", null, title));
}

async function tap(record, index, title) {
  const result = await act("POST", `messages/${encodeURIComponent(record.id)}/tap`, { button: index });
  if (!result) return;
  if (result.kind === "url") {
    const address = webAddress(result.url);
    if (address) open(address, "_blank", "noopener,noreferrer");
    toast(address ? `“${title}” opens ${result.url}` : `“${title}” leads to ${result.url}, which is no address of the web`);
  }
}

/** Do something as the user, and know what became of the message. */
export async function act(method, path, body) {
  const result = await attempt(method, path, body);
  if (result?.history) know(result);
  return result;
}
