/* Which session this is, and the way to another one. */

import { SESSION, get, inboxOf } from "./api.js";
import { el, fill } from "./dom.js";

/** The switch in the bar; it knows the sessions there were when it was last opened. */
export function drawSession() {
  const select = el("select", { "aria-label": "Session", onchange: () => location.assign(inboxOf(select.value)) });
  const offer = (names) => {
    fill(select, [...new Set([SESSION, "default", ...names])].map((name) => el("option", { value: name }, name)));
    select.value = SESSION;
  };
  const ask = () => get("sessions").then(({ sessions }) => offer(sessions.map(({ name }) => name)), () => {});
  offer([]);
  select.addEventListener("focus", ask);
  select.addEventListener("pointerenter", ask);
  fill(document.getElementById("session"), select);
  ask();
}
