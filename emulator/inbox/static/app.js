/* The inbox: puts the parts together and follows the session. */

import { BASE_URL, SESSION } from "./api.js";
import { Details } from "./details.js";
import { button, copy, count, el, fill, icon } from "./dom.js";
import { Lists } from "./lists.js";
import { follow } from "./live.js";
import { go, onPlace, place, towards } from "./router.js";
import { Scene } from "./scene.js";
import { selects } from "./search.js";
import { drawSession } from "./sessions.js";
import { onChange, unread, world } from "./store.js";
import { Thread } from "./thread.js";

const VIEWS = [["", "Conversations", "chat"], ["requests", "Requests", "code"], ["scene", "Scene", "tune"]];
const main = document.getElementById("main");
const lists = new Lists();
const thread = new Thread();
const details = new Details();
const scene = new Scene();

function render() {
  const here = place();
  drawViews(here);
  lists.render(world, here);
  drawMain(here);
  details.render(world, here);
  document.body.dataset.pane = here.r ? "details" : here.view === "scene" ? "scene" : here.c && !here.view ? "main" : "list";
  document.body.dataset.view = here.view;
  document.body.classList.toggle("with-details", Boolean(here.r));
  document.body.classList.toggle("with-thread", Boolean(here.c && !here.view));
  const waiting = unread();
  const title = `${waiting ? `(${waiting}) ` : ""}Inbox${SESSION === "default" ? "" : ` · ${SESSION}`}`;
  if (document.title !== title) document.title = title;
}

function drawMain(here) {
  if (here.view === "scene") return show(scene.node, () => scene.render(world));
  const conversation = here.view ? null : world.conversations.get(here.c);
  if (conversation) return show(thread.node, () => thread.render(conversation, here, found(here)));
  if (!world.loaded) return;
  if (here.c && !here.view) return show(gone);
  show(!world.requests.size ? first : here.view ? pickRequest : pick);
}

function show(node, draw) {
  if (main.firstChild !== node) fill(main, node);
  draw?.();
}

/** The message that the person came for. */
function found(here) {
  if (here.m) return (entry) => entry.record.id === here.m;
  return selects(here);
}

function drawViews(here) {
  const views = document.getElementById("views");
  if (views.dataset.view === here.view && views.childElementCount) {
    views.querySelectorAll("a").forEach((link, i) => (link.href = towards({ view: VIEWS[i][0], r: "", m: "" }).href));
    return;
  }
  views.dataset.view = here.view;
  fill(views, VIEWS.map(([view, label, look]) =>
    el("a", { ...towards({ view, r: "", m: "", outcome: "" }), "aria-current": here.view === view && "page" }, icon(look), el("span", null, label))));
}

const CURL = `curl -u 'Aladdin:open sesame' -H 'Content-Type: application/json' \\
  -d '{"destinations": [{"to": {"phoneNumber": "41793026727"}}], "text": "A long time ago..."}' \\
  ${BASE_URL}/omni/1/text`;

const first = el("div", { class: "blank" },
  icon("chat"),
  el("h2", null, "Nothing has arrived yet"),
  el("p", null, "What your application sends to ", el("code", null, BASE_URL), " shows up here as its recipient would see it. Send a first message from a terminal:"),
  el("pre", { tabindex: "0", "aria-label": "A curl line" }, CURL),
  button("Copy the line", "copy", () => copy(CURL, "The curl line")));
const pick = el("div", { class: "blank" }, icon("chat"), el("h2", null, "Pick a conversation"),
  el("p", null, "It opens as its recipient sees it. ", el("kbd", null, "/"), " searches, ", el("kbd", null, "↑"), " ", el("kbd", null, "↓"), " move, ", el("kbd", null, "Esc"), " closes."));
const pickRequest = el("div", { class: "blank" }, icon("code"), el("h2", null, "Pick a request"),
  el("p", null, "It shows what arrived, what was answered, and why."));
const gone = el("div", { class: "blank" }, icon("info"), el("h2", null, "This conversation is no longer kept"),
  el("p", null, "It was reset, or newer messages took its place."));

addEventListener("keydown", (event) => {
  if (document.querySelector("dialog[open]") || event.ctrlKey || event.metaKey || event.altKey) return;
  const typing = event.target.closest?.("input, textarea, select");
  if (event.key === "/" && !typing) {
    event.preventDefault();
    if (place().view === "scene") go({ view: "" });
    document.getElementById("search").focus();
  } else if (event.key === "Escape" && typing) {
    typing.blur();
  } else if (event.key === "Escape" && !event.defaultPrevented) {
    const here = place();
    if (here.r) go({ r: "", m: "" });
    else if (here.c && !here.view) go({ c: "" });
    lists.focus();
  }
});
document.addEventListener("visibilitychange", () => document.hidden || render());
onPlace(render);
onChange(render);
render();
drawSession();
follow(() => scene.refresh());
