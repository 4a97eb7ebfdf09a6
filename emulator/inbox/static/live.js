/* The event stream: what happens shows at once, and a restarted emulator is found again. */

import { url } from "./api.js";
import { fill } from "./dom.js";
import { happened, reload } from "./store.js";

const KINDS = ["request", "message", "status", "callback"];
const AGAIN_MS = 1000;
const WORDS = { connecting: "Connecting", live: "Live", lost: "Reconnecting" };
const sign = document.getElementById("live");

/** Follow the session from now on; `reset` is told of resets. */
export function follow(reset) {
  let over = false;
  const source = new EventSource(url("events"));
  // The stream tells of what happens from now on, so all before it is read once it is open.
  source.onopen = () => reload().then(() => show("live"), lost);
  source.onerror = lost;
  for (const kind of KINDS) source.addEventListener(kind, (event) => happened(kind, JSON.parse(event.data)));
  source.addEventListener("reset", (event) => {
    reload().catch(lost);
    reset(JSON.parse(event.data));
  });

  function lost() {
    if (over) return;
    over = true;
    show("lost");
    source.close();
    setTimeout(follow, AGAIN_MS, reset);
  }
}

function show(state) {
  if (sign.dataset.state === state) return;
  sign.dataset.state = state;
  fill(sign, WORDS[state]);
}

show("connecting");
