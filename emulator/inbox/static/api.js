/* The admin API of the session whose inbox this is, and the addresses of other sessions' inboxes. */

import { ask, button, el, toast } from "./dom.js";

const ADMIN = new URL("__admin/", location.href);
const PREFIXED = /^(.*\/)__session\/([^/]+)\/__inbox\/?$/u.exec(location.pathname);
const NAMED = /^([A-Za-z0-9._-]+)\.localhost$/u.exec(location.hostname);
const TOKEN = "emulator-admin-token";

/** The session's name. */
export const SESSION = PREFIXED ? decodeURIComponent(PREFIXED[2]) : NAMED ? NAMED[1] : "default";

/** Where requests of this session are to be sent. */
export const BASE_URL = new URL(".", location.href).href.replace(/\/$/u, "");

/** What the admin API answers when something cannot be done. */
export class Problem extends Error {
  constructor(status, problem) {
    super(problem.detail ?? `the emulator answered ${status}`);
    this.status = status;
    this.code = problem.code ?? "";
  }
}

export const url = (path) => new URL(path, ADMIN);

/** Call the admin API; gives the document, text, or null. Raises Problem. */
export async function call(method, path, body, signal) {
  for (;;) {
    const headers = {};
    const token = sessionStorage.getItem(TOKEN);
    if (token && method !== "GET") headers.authorization = `Bearer ${token}`;
    if (body !== undefined) headers["content-type"] = "application/json";
    const content = body === undefined ? undefined : JSON.stringify(body);
    const answer = await fetch(url(path), { method, headers, body: content, signal });
    const json = (answer.headers.get("content-type") ?? "").includes("json");
    if (answer.ok) return answer.status === 204 ? null : json ? answer.json() : answer.text();
    const problem = new Problem(answer.status, json ? await answer.json() : {});
    if (problem.code !== "token" || !(await askToken())) throw problem;
  }
}

export const get = (path, signal) => call("GET", path, undefined, signal);

let known = null;

/** Every endpoint; they stay the same while the emulator runs. */
export const endpoints = () => (known ??= get("endpoints").then((answer) => answer.endpoints));

/** Call the admin API on the person's behalf; what cannot be done is told them and gives null. */
export async function attempt(method, path, body, tell = (told) => toast(told, "bad")) {
  try {
    return (await call(method, path, body)) ?? {};
  } catch (error) {
    tell(why(error));
    return null;
  }
}

/** What to tell a person of an error. */
export const why = (error) => (error instanceof Problem ? error.message : "The emulator does not answer.");

/** Every record of a list, page by page. */
export async function* pages(path, member, size = 500) {
  let after = "";
  while (after !== null) {
    const page = await get(`${path}?limit=${size}${after && `&after=${encodeURIComponent(after)}`}`);
    yield page[member];
    after = page.next;
  }
}

/** The address of another session's inbox. */
export function inboxOf(name) {
  const root = PREFIXED ? PREFIXED[1] : new URL(".", location.href).pathname;
  return name === "default" && !NAMED ? `${root}__inbox` : `${root}__session/${encodeURIComponent(name)}/__inbox`;
}

/** Ask for the admin token that the start banner shows; false if the person gives none. */
function askToken() {
  return new Promise((resolve) => {
    const field = el("input", { type: "password", name: "token", autocomplete: "off", "aria-label": "Admin token" });
    const form = el("form", { id: "token-form", method: "dialog" },
      el("p", null, "This emulator can be reached from other machines, so changes need the token that its start banner shows."),
      field);
    const dialog = ask("Admin token", form, [
      button("Cancel", null, () => dialog.close()),
      el("button", { class: "primary", form: "token-form" }, "Go on"),
    ]);
    let given = "";
    form.addEventListener("submit", () => (given = field.value.trim()));
    dialog.addEventListener("close", () => {
      if (given) sessionStorage.setItem(TOKEN, given);
      resolve(Boolean(given));
    });
    field.focus();
  });
}
