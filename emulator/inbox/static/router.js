/* Where in the inbox one is: everything that can be shown again stands in the address. */

const NAMES = ["view", "q", "channel", "type", "status", "only", "outcome", "c", "m", "r"];
const listeners = new Set();
let current = read();

/** What the address says. */
export const place = () => current;

/** Be told when the address changes. */
export const onPlace = (listener) => listeners.add(listener);

/** The address of the present place with some changes; null takes a parameter away. */
export function address(changes) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...current, ...changes })) if (value) query.set(name, value);
  return query.size ? `?${query}` : location.pathname;
}

/** Go to a place; `replace` leaves no trace in the history. */
export function go(changes, replace = false) {
  const target = address(changes);
  if (target === address({})) return;
  history[replace ? "replaceState" : "pushState"](null, "", target);
  arrive();
}

/** The properties of a link that goes there without loading the page again. */
export function towards(changes) {
  return {
    href: address(changes),
    onclick(event) {
      if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      go(changes);
    },
  };
}

addEventListener("popstate", arrive);

function arrive() {
  current = read();
  for (const listener of listeners) listener(current);
}

function read() {
  const query = new URLSearchParams(location.search);
  return Object.fromEntries(NAMES.map((name) => [name, query.get(name) ?? ""]));
}
