/* Setting the scene: rules, clock, webhook, readings, sessions, and beginning anew. */

import { BASE_URL, SESSION, attempt, get, inboxOf, url } from "./api.js";
import { callbackChip } from "./callbacks.js";
import { ask, button, copy, count, el, exactTime, fill, toast } from "./dom.js";
import { input, ruleForm, ruleList, select } from "./rules.js";
import { changes } from "./store.js";

const EVERY_MS = 1000;
const MOST_CALLBACKS = 20;
const EVENTS = ["status", "seen", "inbound", "postback"];
const PARTS = [["journal", "Requests and messages"], ["rules", "Rules"], ["callbacks", "Callbacks"], ["clock", "Clock"]];

export class Scene {
  #revision = -1;
  #timer = null;
  #callbacks = el("div");

  constructor() {
    const refresh = () => this.refresh(true);
    this.cards = [
      card("Rules", "rules", ({ rules }) => ruleList(rules, refresh)),
      card("Clock", "clock", (clock) => clockForm(clock, refresh)),
      card("Webhook", "webhook", (webhook) => webhookForm(webhook, refresh)),
      card("Readings", "readings", (readings) => readingsForm(readings, refresh)),
      card("Sessions", "sessions", (sessions) => sessionList(sessions, refresh)),
    ];
    const [rules, clock, webhook, readings, sessions] = this.cards;
    this.node = el("div", { class: "scene" }, el("div", { class: "columns" },
      section("Add a rule", ruleForm(refresh)), rules.node, clock.node, webhook.node,
      section("Latest callbacks", this.#callbacks), sessions.node, section("Begin anew", resets(refresh)), readings.node));
  }

  /** Show the scene as it is now; it is asked for again when something happened. */
  render(world) {
    if (this.#revision === changes.revision) return;
    this.#revision = changes.revision;
    const latest = [...world.callbacks.values()].slice(-MOST_CALLBACKS).reverse();
    fill(this.#callbacks, latest.length ? latest.map(callbackChip) : el("p", { class: "quiet" }, "None so far."));
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.refresh();
    }, this.#begun ? EVERY_MS : 0);
    this.#begun = true;
  }

  #begun = false;

  /** Ask for everything again; a form that somebody is filling in stays, unless it was sent. */
  refresh(sent = false) {
    if (this.node.isConnected) for (const { load } of this.cards) load(sent);
  }
}

function section(title, ...content) {
  return el("section", { class: "card" }, el("h2", null, title), ...content);
}

/** A card that shows what a call of the admin API gives, drawn again only when that has changed. */
function card(title, path, draw) {
  const body = el("div");
  let shown = "";
  const load = async (sent) => {
    if (!sent && body.contains(document.activeElement)) return;
    const data = await get(path).catch(() => null);
    const sign = JSON.stringify(data);
    if (!data || sign === shown) return;
    shown = sign;
    fill(body, draw(data));
  };
  return { node: section(title, body), load };
}

function clockForm({ mode, now }, refresh) {
  const amount = input("amount", "Advance by", { type: "number", min: 0, step: "any", value: "1", required: true });
  const unit = select("unit", "Unit", [["1", "seconds"], ["60", "minutes"], ["3600", "hours"]]);
  unit.field.value = "3600";
  const frozen = mode === "frozen";
  const put = (document, told) => attempt("PUT", "clock", document).then((done) => done && (toast(told), refresh()));
  return [
    el("p", null, el("b", null, exactTime(now)), frozen ? " and frozen: nothing expires, nothing is retried until it advances." : ", running."),
    el("div", { class: "actions" }, frozen
      ? button("Let it run", "play", () => put({ mode: "real" }, "The clock runs"))
      : button("Freeze", "clock", () => put({ mode: "frozen" }, "The clock stands still"))),
    el("form", { class: "fields short", onsubmit: async (event) => {
      event.preventDefault();
      const seconds = Number(amount.field.value) * Number(unit.field.value);
      if (await attempt("POST", "clock/advance", { seconds })) {
        toast("The clock was advanced");
        refresh();
      }
    } }, amount.node, unit.node, el("button", null, "Advance")),
  ];
}

function webhookForm({ url: target, events = EVENTS }, refresh) {
  const address = input("url", "Callbacks go to", { type: "url", required: true, placeholder: "http://127.0.0.1:9000/hook", value: target ?? "" });
  const secret = input("secret", "Secret for a signature", { placeholder: "none" });
  const boxes = EVENTS.map((name) => ({ name, box: el("input", { type: "checkbox", name, checked: !target || events.includes(name) }) }));
  return el("form", { class: "fields", onsubmit: async (event) => {
    event.preventDefault();
    const document = { url: address.field.value, events: boxes.filter(({ box }) => box.checked).map(({ name }) => name) };
    if (secret.field.value) document.secret = secret.field.value;
    if (await attempt("PUT", "webhook", document)) {
      toast("Callbacks go there from now on");
      refresh();
    }
  } }, address.node, secret.node,
  el("fieldset", null, el("legend", null, "Events"), boxes.map(({ name, box }) => el("label", { class: "tick-box" }, box, name))),
  el("div", { class: "actions" }, el("button", { class: "primary" }, target ? "Change" : "Set the webhook"),
    target ? button("Remove", null, () => attempt("DELETE", "webhook").then(refresh)) : null));
}

function readingsForm({ readings, strict }, refresh) {
  const put = (document) => attempt("PUT", "readings", document).then((done) => done && refresh());
  const box = el("input", { type: "checkbox", checked: strict, onchange: () => put({ strict: box.checked }) });
  return [
    el("label", { class: "tick-box" }, box, "Strict: refuse what is otherwise warned of"),
    el("details", null, el("summary", null, `${readings.length} contradictions in the documents`),
      el("div", { class: "readings" }, readings.map(({ name, value, default: usual, values, reason }) => {
        const choice = el("select", { onchange: () => put({ [name]: choice.value }) },
          Object.keys(values).map((word) => el("option", { value: word }, word === usual ? `${word} (default)` : word)));
        choice.value = value;
        return el("div", null, el("label", null, el("span", null, name), choice), el("p", { class: "quiet" }, values[value]), el("p", { class: "quiet" }, reason));
      }))),
  ];
}

function sessionList({ sessions }, refresh) {
  const name = input("name", "A new session", { placeholder: "a name, if it shall have one", pattern: "[A-Za-z0-9._\\-]{1,64}" });
  const shown = sessions.toReversed().slice(0, 50);
  return [
    el("p", null, "This one is ", el("b", null, SESSION), ". Its base URL:"),
    el("p", { class: "copied" }, el("code", null, BASE_URL), button("Copy the base URL", "copy", () => copy(BASE_URL, "The base URL"), { bare: true, class: "quiet" })),
    el("form", { class: "fields short", onsubmit: async (event) => {
      event.preventDefault();
      const made = await attempt("POST", "sessions", name.field.value ? { name: name.field.value } : {});
      if (made) location.assign(inboxOf(made.name));
    } }, name.node, el("button", null, "Create and go there")),
    el("ul", { class: "sessions" }, shown.map((session) => el("li", null,
      el("a", { href: inboxOf(session.name), "aria-current": session.name === SESSION && "true" }, session.name),
      el("span", { class: "quiet" }, count(session.requests, "request")),
      session.name === "default" || session.name === SESSION ? null
        : button(`Delete ${session.name}`, "close", () => attempt("DELETE", `sessions/${encodeURIComponent(session.name)}`).then(refresh), { bare: true, class: "quiet" })))),
    el("p", null, el("a", { href: url("export"), download: `${SESSION}.json` }, "Export this session"), " as one JSON document"),
    sessions.length > shown.length ? el("p", { class: "quiet" }, `and ${count(sessions.length - shown.length, "older session")}`) : null,
  ];
}

function resets(refresh) {
  const reset = (path, told) => attempt("POST", path).then((done) => done && (toast(told), refresh()));
  const everything = () => {
    const dialog = ask(`Reset ${SESSION}?`, el("p", null, "Requests, messages, rules, callbacks, clock and readings of this session begin anew."), [
      button("Cancel", null, () => dialog.close()),
      button("Reset everything", null, () => {
        dialog.close();
        reset("reset", "The session begins anew");
      }, { class: "danger" }),
    ]);
  };
  return el("div", { class: "actions" },
    button("Reset everything…", "redo", everything, { class: "danger" }),
    PARTS.map(([part, label]) => button(label, null, () => reset(`reset/${part}`, `${label}: reset`))));
}
