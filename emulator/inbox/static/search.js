/* What the words in the search box and the filters select. */

import { preview } from "./shapes.js";

/** The words of a search, in lower case. */
export const terms = (q) => q.toLowerCase().split(/\s+/u).filter(Boolean);

/** A test for the entries of conversations, or null where everything is selected. */
export function selects({ q, channel, type, status, only }) {
  const words = terms(q);
  if (!words.length && !channel && !type && !status && only !== "warning") return null;
  return (entry) => {
    const message = entry.record;
    if (entry.kind === "said" && (channel || type || status || only === "warning")) return false;
    if (channel && message.channel !== channel) return false;
    if (type && message.type !== type) return false;
    if (status && message.status?.name !== status) return false;
    if (only === "warning" && !message.warnings?.length) return false;
    return words.every((word) => text(entry).includes(word));
  };
}

/** A test for requests, or null. */
export function selectsRequests({ q, outcome }) {
  const words = terms(q);
  if (!words.length && !outcome) return null;
  return (request) =>
    (!outcome || request.outcome === outcome) && words.every((word) => request.words.includes(word));
}

/** All that one may search a message for; kept until it changes. */
function text(entry) {
  if (entry.words === null) {
    const m = entry.record;
    entry.words = [
      m.recipient, m.sender, m.text, entry.kind === "message" ? preview(m) : null, m.type, m.channel, m.status?.name, m.status?.group,
      m.id, m.bulk_id, m.endpoint, m.request,
      ...(m.buttons ?? []).map((button) => button.title),
      ...(m.warnings ?? []).flatMap((warning) => [warning.code, warning.message]),
    ].filter(Boolean).join("\n").toLowerCase();
  }
  return entry.words;
}
