/* Callbacks: what the application was told, each attempt, and telling it again. */

import { attempt } from "./api.js";
import { button, count, el, exactTime, icon, toast } from "./dom.js";
import { bodyBlock } from "./pretty.js";
import { happened } from "./store.js";

const ICONS = { pending: "clock", delivered: "check", failed: "alert", refused: "stop" };
const opened = new Set();

/** A callback as a line that unfolds. */
export function callbackChip(callback) {
  const last = callback.attempts.at(-1);
  const outcome = last ? (last.status ?? last.error) : (callback.error ?? "no attempt yet");
  const box = el("details", { class: `callback ${callback.state}`, open: opened.has(callback.id) },
    el("summary", null, icon(ICONS[callback.state] ?? "info"),
      el("span", null, el("b", null, `${callback.event} callback`), ` ${callback.state} · ${outcome}`)));
  const fill = () => box.childElementCount > 1 || box.append(inside(callback));
  if (box.open) fill();
  box.addEventListener("toggle", () => {
    if (box.open) {
      opened.add(callback.id);
      fill();
    } else opened.delete(callback.id);
  });
  return box;
}

function inside(callback) {
  return el("div", null,
    callback.error ? el("p", null, callback.error) : null,
    callback.url ? el("p", null, "to ", el("code", null, callback.url)) : null,
    el("h4", null, count(callback.attempts.length, "attempt")),
    el("ol", { class: "attempts" }, callback.attempts.map((attempt) =>
      el("li", null, el("b", null, String(attempt.status ?? attempt.error)), ` after ${Math.round(attempt.duration_ms)} ms `,
        el("time", { datetime: attempt.at }, exactTime(attempt.at)),
        attempt.response ? el("pre", null, attempt.response) : null))),
    callback.next_attempt_at ? el("p", null, `next attempt ${exactTime(callback.next_attempt_at)}`) : null,
    bodyBlock("What is sent", callback.request.body),
    button("Redeliver", "redo", () => redeliver(callback.id)));
}

async function redeliver(id) {
  const callback = await attempt("POST", `callbacks/${encodeURIComponent(id)}/redeliver`);
  if (!callback) return;
  happened("callback", callback);
  toast("The callback is sent again");
}
