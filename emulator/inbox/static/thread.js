/* A conversation, drawn like a chat: only the part around what is in sight is in the document. */

import { attempt } from "./api.js";
import { below, bubble } from "./bubble.js";
import { button, count, dayName, el, fill, icon, isSameDay } from "./dom.js";
import { towards } from "./router.js";
import { terms } from "./search.js";
import { channelLook } from "./shapes.js";
import { markRead } from "./store.js";

const STEP = 20;
const MOST = 100;
const NEAR_PX = 600;

export class Thread {
  #conversation = null;
  #from = 0;
  #to = 0;
  #drawn = new Map();
  #keys = [];
  #atEnd = true;
  #words = [];
  #current = "";

  constructor() {
    this.scroller = el("div", { class: "scroller", tabindex: "0" });
    this.log = el("div", { class: "log", role: "log" });
    this.scroller.append(this.log);
    this.newer = button("", "down", () => this.toEnd(), { class: "newer", hidden: true });
    this.head = el("header", { class: "thread-head" });
    this.composer = composer(() => this.#conversation);
    this.node = el("section", { class: "thread" }, this.head, this.scroller, this.newer, this.composer);
    this.scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    new ResizeObserver(() => this.#atEnd && this.toEnd()).observe(this.scroller);
  }

  /** Show a conversation; `find` selects the message to start at. */
  render(conversation, here, find) {
    this.#words = terms(here.q);
    this.#current = here.m;
    if (conversation !== this.#conversation) this.#open(conversation, find);
    const end = conversation.dropped + conversation.items.length;
    if (this.#atEnd) {
      this.#to = end;
      this.#from = Math.max(conversation.dropped, Math.min(this.#from, end - STEP), end - MOST);
    }
    this.#from = Math.max(this.#from, conversation.dropped);
    this.#drawHead(conversation);
    this.#draw();
    if (this.#atEnd) this.#stick();
    this.#tell();
  }

  /** Whether the newest message is in sight. */
  get atEnd() {
    return this.#atEnd;
  }

  toEnd() {
    this.#atEnd = true;
    const conversation = this.#conversation;
    if (!conversation) return;
    this.#to = conversation.dropped + conversation.items.length;
    this.#from = Math.max(conversation.dropped, this.#to - STEP);
    this.#draw();
    this.#stick();
    this.#tell();
  }

  #open(conversation, find) {
    const same = this.#conversation?.recipient === conversation.recipient;
    const seen = same && !this.#atEnd ? this.#inSight() : null;
    this.#conversation = conversation;
    this.log.replaceChildren();
    this.#drawn.clear();
    this.#keys = [];
    this.log.setAttribute("aria-label", `Conversation with ${conversation.recipient}`);
    const at = conversation.items.findLastIndex((entry) => (seen ? entry.key === seen : find && find(entry)));
    this.#atEnd = at < 0 || at === conversation.items.length - 1;
    this.#to = Math.min(conversation.items.length, at + STEP) + conversation.dropped;
    this.#from = Math.max(0, at - STEP) + conversation.dropped;
    if (this.#atEnd) return this.#fromEnd(conversation);
    this.#draw();
    this.#drawn.get(conversation.items[at].key)?.node.scrollIntoView({ block: "center" });
  }

  #fromEnd(conversation) {
    this.#to = conversation.dropped + conversation.items.length;
    this.#from = Math.max(conversation.dropped, this.#to - STEP);
  }

  /** The key of the uppermost message in sight. */
  #inSight() {
    const top = this.scroller.getBoundingClientRect().top;
    return this.#keys.find((key) => this.#drawn.get(key).node.getBoundingClientRect().bottom > top);
  }

  #stick() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    const conversation = this.#conversation;
    if (!conversation) return;
    const below = scrollHeight - scrollTop - clientHeight;
    const first = conversation.dropped;
    const end = first + conversation.items.length;
    const wasAtEnd = this.#atEnd;
    this.#atEnd = this.#to >= end && below < 24;
    // Read out what arrives, not what is scrolled past.
    this.log.setAttribute("aria-live", this.#atEnd ? "polite" : "off");
    if (scrollTop < NEAR_PX && this.#from > first) this.#move(Math.max(first, this.#from - STEP), Math.min(this.#to, this.#from - STEP + MOST));
    else if (below < NEAR_PX && this.#to < end) this.#move(Math.max(this.#from, this.#to + STEP - MOST), Math.min(end, this.#to + STEP));
    if (this.#atEnd !== wasAtEnd) this.#tell();
  }

  /** Show another part, what is in sight staying where it is. */
  #move(from, to) {
    const key = this.#inSight();
    const before = this.#drawn.get(key)?.node.getBoundingClientRect().top;
    [this.#from, this.#to] = [from, to];
    this.#draw();
    const after = this.#drawn.get(key)?.node.getBoundingClientRect().top;
    if (after !== undefined) this.scroller.scrollTop += after - before;
  }

  #draw() {
    const { items, dropped } = this.#conversation;
    const wanted = items.slice(this.#from - dropped, this.#to - dropped);
    this.#keys = wanted.map((entry) => entry.key);
    const keys = new Set(this.#keys);
    for (const [key, row] of this.#drawn)
      if (!keys.has(key)) {
        row.node.remove();
        this.#drawn.delete(key);
      }
    let next = this.log.firstChild;
    wanted.forEach((entry, i) => {
      const node = this.#row(entry, items[this.#from - dropped + i - 1]);
      if (node === next) next = next.nextSibling;
      else this.log.insertBefore(node, next);
    });
  }

  #row(entry, previous) {
    const row = this.#drawn.get(entry.key) ?? { node: el("article") };
    const { version, record } = entry;
    const drawn = `${previous?.key} ${this.#words} ${record.link?.clicks}`;
    row.node.classList.toggle("current", entry.kind === "message" && record.id === this.#current);
    if (row.drawn === drawn && row.version === version) return row.node;
    const focused = row.node.contains(document.activeElement) ? [...row.node.querySelectorAll("a, button, summary")].indexOf(document.activeElement) : -1;
    // What the person unfolded in a message stays so when its status changes.
    if (row.drawn === drawn) row.node.querySelector(".below").replaceWith(below(entry));
    else row.node.replaceChildren(...before(entry, previous), bubble(entry, this.#words));
    Object.assign(row, { drawn, version });
    if (focused >= 0) row.node.querySelectorAll("a, button, summary")[focused]?.focus({ preventScroll: true });
    this.#drawn.set(entry.key, row);
    return row.node;
  }

  #drawHead({ recipient, items }) {
    const last = items.findLast((entry) => entry.kind === "message")?.record;
    const sign = `${recipient} ${items.length} ${last?.channel}`;
    if (this.head.dataset.sign === sign) return;
    this.head.dataset.sign = sign;
    const { tone, icon: look } = channelLook(last?.channel);
    fill(this.head,
      el("a", { ...towards({ c: "", m: "", r: "" }), class: "back", "aria-label": "Back to the list" }, icon("back")),
      el("span", { class: `avatar ${tone}` }, icon(look)),
      el("div", null, el("h2", { title: recipient }, recipient),
        el("p", null, [last?.channel, count(items.length, "message")].filter(Boolean).join(" · "))));
  }

  /** Mark as read what is in sight, and point to what is not. */
  #tell() {
    const conversation = this.#conversation;
    const hidden = this.#atEnd ? 0 : conversation.unread;
    this.newer.hidden = this.#atEnd;
    const label = hidden ? `${count(hidden, "new message")}` : "To the newest";
    if (this.newer.textContent !== label) this.newer.lastChild.textContent = label;
    if (this.#atEnd && !document.hidden) markRead(conversation);
  }
}

/** A day's name where another day begins, and the sender where another one speaks. */
function before(entry, previous) {
  const nodes = [];
  const at = new Date(entry.record.received_at);
  if (!previous || !isSameDay(new Date(previous.record.received_at), at))
    nodes.push(el("h3", { class: "day" }, el("span", null, dayName(at))));
  if (entry.kind === "message") {
    const speaker = (e) => (e?.kind === "message" ? `${e.record.channel}/${e.record.sender}` : null);
    if (speaker(previous) !== speaker(entry) || nodes.length)
      nodes.push(el("p", { class: "sender", title: entry.record.endpoint }, el("b", null, entry.record.channel), entry.record.sender ? el("span", null, entry.record.sender) : null));
  }
  return nodes;
}

function composer(conversation) {
  const field = el("textarea", { rows: "1", placeholder: "Reply as the user", "aria-label": "Reply as the user" });
  const form = el("form", { class: "composer" }, field, el("button", { class: "primary", "aria-label": "Send the reply" }, icon("send")));
  const grow = () => {
    field.style.height = "auto";
    field.style.height = `${Math.min(field.scrollHeight, 160)}px`;
  };
  field.addEventListener("input", grow);
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = field.value.trim();
    if (!text) return;
    const { recipient, items } = conversation();
    const { kind, record } = items.at(-1);
    // Not every endpoint names a sender that one could answer; then the channel stands in for it.
    const application = kind === "said" ? record.recipient : (record.sender ?? record.channel);
    const written = { endpoint: record.endpoint, sender: recipient, recipient: application, text };
    if (!(await attempt("POST", "inbound", written))) return;
    field.value = "";
    grow();
  });
  return form;
}
