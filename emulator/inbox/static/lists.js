/* The list on the left: conversations and what the provider would have refused, or all requests. */

import { count, el, fill, icon, marked, shortTime } from "./dom.js";
import { go, towards } from "./router.js";
import { selects, selectsRequests, terms } from "./search.js";
import { channelLook, preview, progress } from "./shapes.js";
import { VirtualList } from "./virtual.js";

const HEIGHT = 72;
const MOST_PROBLEMS = 5;
const PROBLEMS = new Set(["refused", "unmatched", "broken"]);
const NOTHING = { conversations: "No conversation fits the search.", requests: "No request fits." };

export class Lists {
  #box = document.getElementById("rows");
  #filters = document.getElementById("filters");
  #search = document.getElementById("search");
  #shown = "";
  #list = null;

  constructor() {
    this.#search.addEventListener("input", () => go({ q: this.#search.value }, true));
    this.#search.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown") {
        event.preventDefault();
        this.focus();
      } else if (event.key === "Escape" && this.#search.value) {
        event.preventDefault();
        event.stopPropagation();
        go({ q: "" }, true);
      }
    });
  }

  focus = () => this.#list?.focus(0);

  render(world, here) {
    if (document.activeElement !== this.#search || !here.q) this.#search.value = here.q;
    const kind = here.view === "requests" ? "requests" : "conversations";
    if (kind !== this.#shown) {
      this.#shown = kind;
      this.#start(kind);
      this.#drawFilters(world, here, kind);
    }
    this.#refreshFilters(world, here);
    const rows = kind === "requests" ? requestRows(world, here) : conversationRows(world, here);
    this.#box.classList.toggle("empty", !rows.length);
    this.#empty.textContent = !world.loaded ? "" : rows.length ? "" : isFiltered(here) ? NOTHING[kind] : "Nothing has arrived yet.";
    this.#list.set(rows);
  }

  #start(kind) {
    this.#empty = el("p", { class: "nothing" });
    fill(this.#box, this.#empty);
    this.#list = new VirtualList(this.#box, {
      label: kind === "requests" ? "Requests" : "Conversations",
      height: HEIGHT,
      key: (row) => row.key(),
      sign: (row) => row.sign(),
      draw: (row) => row.draw(),
    });
    this.#box.scrollTop = 0;
  }

  #empty = null;

  #drawFilters(world, here, kind) {
    if (kind === "requests") {
      this.#fields = [];
      this.#outcomes = el("div", { class: "chips", role: "group", "aria-label": "Outcome" });
      fill(this.#filters, this.#outcomes);
      return;
    }
    this.#outcomes = null;
    this.#fields = [["channel", "Channel"], ["type", "Type"], ["status", "Status"]].map(([name, label]) => {
      const select = el("select", { name, onchange: () => go({ [name]: select.value }) });
      return { name, select, node: el("label", null, el("span", null, label), select) };
    });
    const only = el("select", { name: "only", onchange: () => go({ only: only.value }) },
      el("option", { value: "" }, "any"), el("option", { value: "unread" }, "unread"),
      el("option", { value: "warning" }, "with a warning"));
    this.#only = only;
    this.#summary = el("summary");
    const box = el("details", { class: "filters" }, this.#summary,
      el("div", null, this.#fields.map((field) => field.node), el("label", null, el("span", null, "Only"), only),
        el("button", { type: "button", class: "quiet", onclick: () => go({ channel: "", type: "", status: "", only: "" }) }, "Clear filters")));
    box.addEventListener("toggle", () => this.#offer());
    fill(this.#filters, box);
  }

  #fields = [];
  #outcomes = null;
  #only = null;
  #summary = null;
  #world = null;
  #here = null;

  #refreshFilters(world, here) {
    this.#world = world;
    this.#here = here;
    if (this.#outcomes) {
      const outcomes = new Map();
      for (const { outcome } of world.requests.values()) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      const sign = JSON.stringify([[...outcomes], here.outcome]);
      if (this.#outcomes.dataset.sign === sign) return;
      this.#outcomes.dataset.sign = sign;
      const chip = (outcome, label) => el("button", {
        type: "button", class: `chip ${outcome}`, "aria-pressed": String(here.outcome === outcome), onclick: () => go({ outcome }),
      }, label);
      fill(this.#outcomes, chip("", "all"), [...outcomes].sort().map(([outcome, n]) => chip(outcome, `${outcome} ${n}`)));
      return;
    }
    const active = ["channel", "type", "status", "only"].filter((name) => here[name]);
    const told = active.map((name) => here[name]).join(", ");
    const sign = JSON.stringify(active.map((name) => here[name]));
    if (this.#summary.dataset.sign !== sign) {
      this.#summary.dataset.sign = sign;
      fill(this.#summary, icon("filter"), told || "Filter");
      this.#summary.classList.toggle("active", active.length > 0);
      this.#offer();
    }
  }

  /** Offer the values that there are; nobody sees them while the filters are folded. */
  #offer() {
    const open = this.#summary.parentElement.open;
    const known = { channel: new Set(), type: new Set(), status: new Set() };
    if (open)
      for (const { record } of this.#world.entries.values()) {
        known.channel.add(record.channel);
        known.type.add(record.type);
        known.status.add(record.status.name);
      }
    for (const { name, select } of this.#fields) {
      const value = this.#here[name];
      if (value) known[name].add(value);
      fill(select, el("option", { value: "" }, "any"), open ? [...known[name]].sort().map((v) => el("option", null, v)) : null);
      select.value = open ? value : "";
    }
    this.#only.value = this.#here.only;
  }
}

const isFiltered = (here) => Boolean(here.q || here.channel || here.type || here.status || here.only || here.outcome);

/** Conversations, the last active first, with the latest requests that reached nobody among them. */
function conversationRows(world, here) {
  const select = selects(here);
  const words = terms(here.q);
  const rows = [];
  for (const conversation of world.conversations.values()) {
    if (here.only === "unread" && !conversation.unread && here.c !== conversation.recipient) continue;
    const last = select ? conversation.items.findLast(select) : conversation.items.at(-1);
    if (last) rows.push(conversationRow(conversation, last, here, words));
  }
  rows.reverse();
  return withProblems(rows, world, here);
}

function withProblems(rows, world, here) {
  if (here.channel || here.type || here.status || here.only) return rows;
  const select = selectsRequests({ q: here.q });
  const problems = [...world.requests.values()].filter((r) => PROBLEMS.has(r.outcome) && (!select || select(r))).reverse();
  const shown = problems.slice(0, MOST_PROBLEMS).map((request) => requestRow(request, here, terms(here.q)));
  if (problems.length > MOST_PROBLEMS) shown.push(moreRow(problems.length - MOST_PROBLEMS, shown.at(-1).at));
  if (!shown.length) return rows;
  const merged = [];
  for (const row of rows) {
    while (shown.length && shown[0].at() > row.at()) merged.push(shown.shift());
    merged.push(row);
  }
  return [...merged, ...shown];
}

/** A row whose parts are worked out when it is in sight. */
function conversationRow(conversation, last, here, words) {
  const { recipient } = conversation;
  const record = last.record;
  const current = here.c === recipient && !here.view;
  return {
    key: () => `c ${recipient}`,
    at: () => Date.parse(record.received_at),
    sign: () => `${last.key} ${last.version} ${conversation.unread} ${current} ${words}`,
    draw() {
      const { unread } = conversation;
      const { channel } = conversation.items.findLast(isMessage)?.record ?? {};
      const { tone, icon: look } = channelLook(channel);
      const step = progress(record.status);
      return el("a", { ...towards({ c: recipient, m: "", r: "", view: "" }), class: `row ${unread ? "unread" : ""}`, "aria-current": current && "true" },
        el("span", { class: `avatar ${tone}` }, icon(look, channel)),
        el("span", { class: "who", title: recipient }, marked(recipient, words)),
        el("time", { datetime: record.received_at }, shortTime(record.received_at)),
        el("span", { class: "last" },
          last.kind === "said" ? icon("send", "the user wrote") : el("span", { class: `tick ${step.tone}` }, icon(step.icon, record.status.name)),
          el("span", { class: "text" }, marked(line(last), words)),
          el("span", { class: "marks" },
            record.warnings?.length ? warned(record.warnings.length) : null,
            unread ? el("span", { class: "badge" }, String(unread), el("span", { class: "unseen" }, " unread")) : null)));
    },
  };
}

const isMessage = (entry) => entry.kind === "message";
const warned = (n) => el("span", { class: "warned", title: count(n, "warning") }, icon("alert", count(n, "warning")));
const line = (entry) => (entry.kind === "said" ? entry.record.text : preview(entry.record)).slice(0, 300);

function requestRows(world, here) {
  const select = selectsRequests(here);
  const words = terms(here.q);
  const rows = [];
  for (const request of world.requests.values())
    if (!select || select(request)) rows.push(requestRow(request, here, words));
  return rows.reverse();
}

function requestRow(request, here, words) {
  const current = here.r === request.id;
  return {
    key: () => `r ${request.id}`,
    at: () => Date.parse(request.received_at),
    sign: () => `${request.outcome} ${current} ${words} ${here.view}`,
    draw: () =>
      el("a", { ...towards({ r: request.id, c: here.view ? here.c : "", m: "" }), class: "row request", "aria-current": current && "true" },
        el("span", { class: `avatar outcome ${request.outcome}` }, icon(OUTCOME_ICONS[request.outcome] ?? "code", "")),
        el("span", { class: "who path", title: request.path }, el("b", null, request.method), " ", marked(request.path, words)),
        el("time", { datetime: request.received_at }, shortTime(request.received_at)),
        el("span", { class: "last" },
          el("span", { class: `outcome-word ${request.outcome}` }, request.outcome),
          el("span", { class: "text" }, marked(told(request), words)),
          el("span", { class: "marks" },
            request.warned ? warned(request.warned) : null,
            el("span", { class: "code" }, request.status ? String(request.status) : "")))),
  };
}

function told({ recipients, reason, endpoint }) {
  const whom = recipients.length > 1 ? `${recipients[0]} and ${recipients.length - 1} more` : recipients[0];
  return [whom && !reason?.includes(whom) && `to ${whom}`, reason ?? endpoint].filter(Boolean).join(": ");
}

const OUTCOME_ICONS = { accepted: "check", refused: "stop", answered: "tune", broken: "close", unmatched: "info" };

function moreRow(n, at) {
  return {
    key: () => "more",
    at,
    sign: () => String(n),
    draw: () => el("a", { ...towards({ view: "requests", c: "", m: "" }), class: "row more" }, `${n.toLocaleString()} more that reached nobody`),
  };
}
