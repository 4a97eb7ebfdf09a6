/* The request behind a message, or one that reached nobody: as received, as answered, and why. */

import { endpoints, get, why } from "./api.js";
import { act, timeline } from "./bubble.js";
import { callbackChip } from "./callbacks.js";
import { button, copy, count, el, exactTime, fill, icon, toast } from "./dom.js";
import { bodyBlock } from "./pretty.js";
import { place, towards } from "./router.js";
import { progress } from "./shapes.js";
import { know, world } from "./store.js";

export class Details {
  #node = document.getElementById("details");
  #shown = "";
  #request = null;
  #asked = null;

  render(world, here) {
    this.#node.hidden = !here.r;
    const entry = here.m ? world.byId.get(here.m) : null;
    const sign = here.r && `${here.r} ${here.m} ${entry?.version} ${world.requests.has(here.r)}`;
    if (sign === this.#shown) return;
    this.#shown = sign;
    if (!here.r) return;
    if (this.#request?.id !== here.r) return this.#fetch(here);
    if (this.#parts?.request === here.r && this.#parts.message === entry?.key) return this.#refresh(entry, world, here);
    // Whether somebody followed the link of an invite is told to who asks only.
    if (entry) get(`messages/${encodeURIComponent(here.m)}`).then(know, () => {});
    this.#parts = { request: here.r, message: entry?.key, timeline: el("div"), callbacks: el("div"), sent: el("div") };
    fill(this.#node, ...drawn(this.#request, entry, this.#parts, here));
    this.#refresh(entry, world, here);
    this.#node.scrollTop = 0;
  }

  async #fetch(here) {
    this.#asked?.abort();
    this.#asked = new AbortController();
    try {
      this.#request = await get(`requests/${encodeURIComponent(here.r)}`, this.#asked.signal);
    } catch (error) {
      if (error.name === "AbortError") return;
      this.#parts = null;
      fill(this.#node, head("Request", here), el("p", { class: "nothing" }, why(error)));
      return;
    }
    // Much may have become known since it was asked for.
    this.#shown = "";
    this.render(world, place());
  }

  #parts = null;

  /** Draw again what changes while one looks; all else keeps what the person did to it. */
  #refresh(entry, world, here) {
    const { timeline: steps, callbacks, sent: messages } = this.#parts;
    if (entry) fill(steps, timeline(entry.record.history));
    if (entry) fill(callbacks, entry.callbacks.map(callbackChip));
    if (this.#request.messages.length) fill(messages, sent(this.#request, world, here));
  }
}

function head(title, here) {
  return el("header", { class: "details-head" },
    el("h2", null, title),
    el("a", { ...towards({ r: "", m: "" }), class: "close", "aria-label": here.c ? "Close the details" : "Back to the list" }, icon("close")));
}

function drawn(request, entry, parts, here) {
  const violations = request.rejection?.violations ?? [];
  const pointers = [...violations, ...request.warnings].map((broken) => broken.pointer);
  return [
    head(el("span", { class: `outcome-word ${request.outcome}` }, request.outcome), here),
    el("p", { class: "line-one" }, el("b", null, request.method), " ", el("code", null, request.path + query(request.query))),
    el("dl", { class: "facts" },
      fact("Answered", answered(request)),
      fact("Endpoint", request.endpoint ?? "none"),
      fact("Received", el("time", { datetime: request.received_at }, exactTime(request.received_at))),
      fact("Id", el("code", null, request.id)),
      request.rule ? fact("Decided by", ruleOf(request.rule)) : null),
    el("div", { class: "actions" },
      button("Copy as curl", "copy", () => paste(request.id, "curl")),
      button("Copy as pytest", "copy", () => paste(request.id, "pytest"))),
    request.rejection ? el("section", null, el("h3", null, `Why it was refused: ${request.rejection.name}`), violations.map(broken)) : null,
    request.warnings.length ? el("section", null, el("h3", null, count(request.warnings.length, "warning")), request.warnings.map(broken)) : null,
    request.near_misses ? el("section", null, el("h3", null, "Nearest endpoints"), el("ul", { class: "near" }, request.near_misses.map((miss) =>
      el("li", null, el("code", null, `${miss.method} ${miss.path}`), el("span", null, miss.difference))))) : null,
    request.error ? el("section", null, el("h3", null, "A bug of the emulator"), el("pre", null, request.error)) : null,
    entry ? delivery(entry, parts) : null,
    parts.sent,
    bodyBlock("Request body", request.body, pointers),
    request.response ? bodyBlock("Response body", request.response.body) : null,
    headers("Request headers", request.headers),
    request.response ? headers("Response headers", request.response.headers) : null,
    Object.keys(request.readings ?? {}).length ? headers("Readings that mattered", request.readings) : null,
  ];
}

const fact = (name, value) => el("div", null, el("dt", null, name), el("dd", null, value));
function answered({ response, duration_ms: took, delay_ms: delay, fault }) {
  const told = response ? `${response.status} in ${took} ms` : "nothing";
  return [told, delay && `held back for ${delay} ms`, fault && `broken off: ${fault}`].filter(Boolean).join(", ");
}

const ruleOf = (rule) => (typeof rule === "string" ? rule : (rule.name ?? rule.id));

function query(parameters) {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) for (const one of [value].flat()) search.append(name, one);
  return search.size ? `?${search}` : "";
}

/** One broken rule: code, place, and who says so. */
function broken({ code, pointer, message, suggestion, element, source, fidelity }) {
  return el("article", { class: "broken" },
    el("p", { class: "broken-head" }, el("code", { class: "code" }, code), el("code", { class: "pointer" }, pointer || "whole body")),
    el("p", null, message, suggestion ? `; ${suggestion}` : ""),
    element ? el("p", null, "element ", el("code", null, element)) : null,
    source ? el("blockquote", null,
      source.row ? el("p", null, source.row) : null,
      source.because ? el("p", null, source.because) : null,
      el("cite", null, [source.document, source.section].filter(Boolean).join(" · "), " ", el("span", { class: `fidelity ${fidelity}` }, fidelity))) : null);
}

function delivery(entry, parts) {
  const { id, status, endpoint } = entry.record;
  return el("section", null,
    el("h3", null, "Delivery"),
    parts.timeline,
    el("div", { class: "actions" },
      progress(status).tone ? null : button("Mark as seen", "eye", () => act("POST", `messages/${encodeURIComponent(id)}/seen`)),
      move(id, status, endpoint)),
    parts.callbacks);
}

function move(id, status, endpoint) {
  const choice = el("select", { "aria-label": "Another status" });
  endpoints().then((all) => {
    const known = all.find(({ name }) => name === endpoint)?.statuses ?? [];
    fill(choice, known.map((name) => el("option", null, name)));
    choice.value = status.name;
  }, () => {});
  return el("form", { class: "inline", onsubmit: (event) => {
    event.preventDefault();
    act("POST", `messages/${encodeURIComponent(id)}/status`, { status: choice.value });
  } }, choice, el("button", null, "Move there"));
}

/** The messages of the request; more than one make a bulk. */
function sent(request, world, here) {
  return el("section", null, el("h3", null, request.messages.length > 1 ? `Bulk of ${count(request.messages.length, "message")}` : "Message"),
    el("ul", { class: "messages" }, request.messages.map((id) => {
      const record = world.byId.get(id)?.record;
      if (!record) return el("li", null, el("code", null, id));
      return el("li", null, el("a", { ...towards({ c: record.recipient, m: id, r: request.id, view: "" }), "aria-current": here.m === id && "true" },
        el("span", { class: `tick ${progress(record.status).tone}` }, icon(progress(record.status).icon, "")),
        el("b", null, record.recipient), el("span", null, record.status.name)));
    })));
}

function headers(title, values) {
  return el("details", { class: "headers" }, el("summary", null, title),
    el("dl", null, Object.entries(values).map(([name, value]) => el("div", null, el("dt", null, name), el("dd", null, value)))));
}

async function paste(id, form) {
  try {
    await copy(await get(`requests/${encodeURIComponent(id)}/${form}`), form === "curl" ? "The curl line" : "The pytest test");
  } catch (error) {
    toast(why(error), "bad");
  }
}
