/* What a message shows. The only place that knows how providers write headers, lists and the like. */

const KINDS = { image: "Picture", video: "Video", audio: "Audio", voice: "Voice message", document: "Document", file: "File" };
const ACTIONS = {
  TYPING_ON: { typing: true, text: "is typing" },
  TYPING_OFF: { text: "stopped typing" },
  MARK_SEEN: { text: "has seen the conversation" },
};

/** The parts of a message, of which any may be absent. */
export function shape(message) {
  const content = object(message.content);
  const body = object(content.body);
  const kind = message.type.toLowerCase();
  const list = kind === "list" ? sections(body.list) : null;
  const location = kind === "location" ? place(body.location) : null;
  const interactive = kind === "list" || kind === "button";
  return {
    action: kind === "sender_action" ? (ACTIONS[content.senderAction] ?? { text: string(content.senderAction) }) : null,
    header: interactive ? header(object(content.header)) : null,
    subject: string(content.mailSubject),
    text: message.text,
    cut: cut(message, content, body),
    media: message.media ? { kind: KINDS[kind] ? kind : "file", label: KINDS[kind] ?? "File", ...message.media } : null,
    location,
    list,
    buttons: list ? [] : message.buttons,
    footer: interactive ? footer(object(content.footer)) : null,
    replyTo: string(content.reply_id),
  };
}

/** One line that stands for the message in a list. */
export function preview(message) {
  if (message.text) return message.text;
  const { action, media, location, list, buttons } = shape(message);
  if (action) return `… ${action.text}`;
  if (media) return [media.label, media.name].filter(Boolean).join(" · ");
  if (location) return `Location ${location.latitude}, ${location.longitude}`;
  if (list) return list.title ?? "List";
  if (buttons.length) return buttons.map((button) => button.title).join(" · ");
  return message.text === "" ? "no text" : message.type;
}

/** What of the text as sent did not reach the recipient. */
function cut(message, content, body) {
  const sent = string(content.text) ?? string(body.text);
  if (message.text === null || sent === null || sent === message.text) return null;
  return sent.startsWith(message.text) ? sent.slice(message.text.length) : null;
}

function header({ type, text, media_url: url }) {
  if (string(text)) return { text };
  return string(url) ? { media: { kind: KINDS[type] ? type : "file", label: KINDS[type] ?? "File", url, name: null } } : null;
}

function footer({ title, text }) {
  return string(title) || string(text) ? { title: string(title), text: string(text) } : null;
}

function place(location) {
  const { latitude, longitude } = object(location);
  return Number.isFinite(latitude) && Number.isFinite(longitude) ? { latitude, longitude } : null;
}

/** A list's sections, each action with its number among the message's buttons. */
function sections(list) {
  const { title, sections: given } = object(list);
  let index = 0;
  return {
    title: string(title),
    sections: (Array.isArray(given) ? given : []).map(object).map((section) => ({
      title: string(section.title),
      description: string(section.description),
      actions: (Array.isArray(section.actions) ? section.actions : []).map(object).map((action) => ({
        title: string(action.title),
        description: string(action.description),
        index: index++,
      })),
    })),
  };
}

/** How far a message has come. */
export function progress(status) {
  if (!status) return { icon: "check", tone: "" };
  if (/^(seen|read)/iu.test(status.name)) return { icon: "checks", tone: "seen" };
  if (status.group === "DELIVERED") return { icon: "checks", tone: "" };
  if (["REJECTED", "UNDELIVERABLE", "EXPIRED"].includes(status.group)) return { icon: "alert", tone: "bad" };
  return { icon: status.group === "ACCEPTED" ? "check" : "clock", tone: "" };
}

/** The look of a channel: a class for its colour, and an icon. */
export function channelLook(channel) {
  const name = (channel ?? "").toLowerCase();
  for (const [part, icon] of Object.entries(LOOKS)) if (name.includes(part)) return { tone: `ch-${part}`, icon };
  return { tone: "ch-other", icon: "globe" };
}

const LOOKS = {
  whatsapp: "phone", telegram: "plane", line: "line", messenger: "chat", facebook: "chat", viber: "phone",
  sms: "mail", omni: "waves", email: "mail", push: "info", voice: "audio",
};

const object = (value) => (value !== null && typeof value === "object" && !Array.isArray(value) ? value : {});
const string = (value) => (typeof value === "string" && value ? value : null);
