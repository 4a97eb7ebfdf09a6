/* What happened in the session, as far as this page has to know: bounded like the journal itself. */

import { SESSION, get, pages } from "./api.js";

const READ = `emulator-read ${SESSION}`;
const MOST_CALLBACKS = 2000;
const PRUNE_EVERY_MS = 2000;
const AT_MOST_EVERY_MS = 50;
const listeners = new Set();

/** The present knowledge; replaced as a whole when it is read anew. */
export let world = emptyWorld();
export const changes = { revision: 0 };

let readMarks = loadReadMarks();
let pending = null;
let told = 0;
let saving = null;
let pruned = 0;
let pressed = false;
let postponed = false;

/** Be told of changes, in a flood of them only so often. */
export const onChange = (listener) => listeners.add(listener);

export function changed() {
  changes.revision += 1;
  if (pending !== null) return;
  const tell = () => {
    pending = null;
    postponed = pressed;
    if (postponed) return;
    told = performance.now();
    for (const listener of listeners) listener();
  };
  // A page in the background draws no frames, but its title still tells of new messages.
  const soon = () => (document.hidden ? tell() : requestAnimationFrame(tell));
  pending = setTimeout(soon, Math.max(0, told + AT_MOST_EVERY_MS - performance.now()));
}

// What is drawn again between press and release is never clicked.
addEventListener("pointerdown", ({ target }) => (pressed = Boolean(target.closest("a, button, summary, label"))), true);
for (const kind of ["pointerup", "pointercancel", "pointermove"])
  addEventListener(kind, ({ buttons }) => pressed && !buttons && setTimeout(released), true);

function released() {
  pressed = false;
  if (postponed) changed();
}

/** Read everything anew; what happens meanwhile is applied afterwards. */
export async function reload() {
  const fresh = emptyWorld();
  fresh.queue = [];
  const show = world.loaded ? null : (world = fresh);
  reloading = fresh;
  await Promise.all([
    each("requests", "requests", (record) => addRequest(fresh, record), show),
    each("messages", "messages", (record) => addMessage(fresh, record), show),
  ]);
  await each("callbacks", "callbacks", (record) => addCallback(fresh, record), show);
  if (fresh.said.size) sort(fresh);
  // Another reading may have begun since, which knows more.
  if (reloading !== fresh) return;
  reloading = null;
  for (const [kind, record] of fresh.queue) apply(fresh, kind, record);
  fresh.queue = null;
  fresh.loaded = true;
  world = fresh;
  changed();
}

let reloading = null;

async function each(path, member, add, show) {
  for await (const records of pages(path, member)) {
    records.forEach(add);
    if (show) changed();
  }
}

/** Something happened. */
export function happened(kind, record) {
  if (reloading) reloading.queue.push([kind, record]);
  if (world.queue) return;
  apply(world, kind, record);
  changed();
  if (Date.now() - pruned > PRUNE_EVERY_MS) prune();
}

function apply(into, kind, record) {
  if (kind === "request") addRequest(into, record);
  else if (kind === "message") addMessage(into, record);
  else if (kind === "callback") addCallback(into, record);
  else if (kind === "status") moveMessage(into, record);
}

function emptyWorld() {
  return {
    loaded: false, queue: null, requests: new Map(), entries: new Map(), byId: new Map(),
    conversations: new Map(), callbacks: new Map(), said: new Map(),
  };
}

function addRequest(into, record) {
  const { id, received_at, method, path, endpoint, outcome, rejection, warnings, recipients, fault } = record;
  const violations = rejection?.violations ?? [];
  const reason = violations[0]?.message ?? record.near_misses?.[0]?.difference ?? rejection?.name ?? fault;
  into.requests.set(id, {
    id, received_at, method, path, endpoint, outcome, reason, recipients,
    status: record.response?.status ?? null,
    warned: warnings.length,
    words: [id, method, path, endpoint, outcome, record.response?.status, rejection?.name, fault, ...recipients,
      // One that could not be read is looked for by what it may have meant.
      recipients.length ? null : record.body.slice(0, 500),
      ...[...violations, ...warnings].flatMap((broken) => [broken.code, broken.message, broken.pointer]),
    ].filter(Boolean).join("\n").toLowerCase(),
  });
}

function addMessage(into, record) {
  // A client may use an id twice, but hardly in one request for one recipient.
  const key = `${record.request}/${record.recipient}/${record.id}`;
  const known = into.entries.get(key);
  if (known) {
    if (record.history.length >= known.record.history.length) update(known, record);
    return;
  }
  const entry = { key, kind: "message", record, words: null, version: 0, callbacks: [] };
  into.entries.set(key, entry);
  into.byId.set(record.id, entry);
  for (const callback of into.callbacks.values()) if (callback.message === record.id) entry.callbacks.push(callback);
  place(into, record.recipient, entry);
}

/** The conversation that was active last stands last. */
function sort(into) {
  const active = [...into.conversations.values()].map((one) => [Date.parse(one.items.at(-1).record.received_at), one]);
  active.sort(([a], [b]) => a - b);
  into.conversations = new Map(active.map(([, one]) => [one.recipient, one]));
}

function place(into, recipient, entry) {
  let conversation = into.conversations.get(recipient);
  if (conversation) into.conversations.delete(recipient);
  else conversation = { recipient, items: [], dropped: 0, unread: 0 };
  into.conversations.set(recipient, conversation);
  const { items } = conversation;
  const at = Date.parse(entry.record.received_at);
  let index = items.length;
  while (index > 0 && Date.parse(items[index - 1].record.received_at) > at) index -= 1;
  items.splice(index, 0, entry);
  if (entry.key === readMarks[recipient]) conversation.unread = 0;
  else if (entry.kind === "message") conversation.unread += 1;
}

function moveMessage(into, { message, current, ...step }) {
  const entry = into.byId.get(message);
  if (!entry) return;
  const { record } = entry;
  if (record.history.some((known) => known.at === step.at && known.status === step.status)) return;
  const channel = step.channel ?? record.channel;
  update(entry, { ...record, channel, status: current, history: [...record.history, step] });
}

function addCallback(into, record) {
  // The answer to a call of ours may come after what was told since.
  if (into.callbacks.get(record.id)?.attempts.length > record.attempts.length) return;
  into.callbacks.set(record.id, record);
  const entry = record.said ? said(into, record) : into.byId.get(record.message);
  if (entry) {
    const at = entry.callbacks.findIndex((callback) => callback.id === record.id);
    if (at < 0) entry.callbacks.push(record);
    else entry.callbacks[at] = record;
    entry.version += 1;
  }
  if (into.callbacks.size > MOST_CALLBACKS) forgetCallback(into, into.callbacks.keys().next().value);
}

/** What the user wrote or tapped: it is known by the callback that tells the application. */
function said(into, { id, event, created_at, said: words }) {
  const key = `said/${id}`;
  let entry = into.said.get(key);
  if (!entry) {
    const record = { ...words, received_at: created_at, tapped: event === "postback" };
    entry = { key, kind: "said", record, words: null, version: 0, callbacks: [] };
    into.said.set(key, entry);
    place(into, words.sender, entry);
  }
  return entry;
}

function forgetCallback(into, id) {
  into.callbacks.delete(id);
  const entry = into.said.get(`said/${id}`);
  if (!entry) return;
  into.said.delete(entry.key);
  leave(into, entry.record.sender, entry.key);
}

function update(entry, record) {
  entry.record = record;
  entry.words = null;
  entry.version += 1;
}

/** A message's record was answered by a call of ours. */
export const know = (record) => happened("message", record);

/** Forget what the emulator has forgotten, so that a tab may stay open for days. */
async function prune() {
  pruned = Date.now();
  const here = world;
  const page = await get("requests?limit=1").catch(() => null);
  const oldest = page?.requests[0]?.id;
  if (!oldest || here !== world || !here.requests.has(oldest)) return;
  for (const id of here.requests.keys()) {
    if (id === oldest) break;
    here.requests.delete(id);
  }
  for (const { key, record } of here.entries.values()) {
    if (here.requests.has(record.request)) break;
    forget(here, key);
  }
  changed();
}

function forget(here, key) {
  const { record } = here.entries.get(key);
  here.entries.delete(key);
  if (here.byId.get(record.id)?.key === key) here.byId.delete(record.id);
  leave(here, record.recipient, key);
}

function leave(here, recipient, key) {
  const conversation = here.conversations.get(recipient);
  conversation.items.splice(conversation.items.findIndex((entry) => entry.key === key), 1);
  conversation.dropped += 1;
  conversation.unread = Math.min(conversation.unread, conversation.items.length);
  if (!conversation.items.length) here.conversations.delete(recipient);
}

/** The person has seen the conversation to its end. */
export function markRead(conversation) {
  const last = conversation.items.at(-1);
  if (!last || (!conversation.unread && readMarks[conversation.recipient] === last.key)) return;
  conversation.unread = 0;
  readMarks[conversation.recipient] = last.key;
  clearTimeout(saving);
  saving = setTimeout(saveReadMarks, 300);
  changed();
}

export function unread() {
  let total = 0;
  for (const conversation of world.conversations.values()) total += conversation.unread;
  return total;
}

function loadReadMarks() {
  try {
    return JSON.parse(localStorage.getItem(READ)) ?? {};
  } catch {
    return {};
  }
}

addEventListener("pagehide", () => saving && saveReadMarks());

function saveReadMarks() {
  saving = null;
  // Marks of conversations that are gone go too.
  if (world.loaded)
    for (const recipient of Object.keys(readMarks)) if (!world.conversations.has(recipient)) delete readMarks[recipient];
  try {
    localStorage.setItem(READ, JSON.stringify(readMarks));
  } catch {
    localStorage.removeItem(READ);
  }
}
