/* Rules: what shall happen to the calls to come. */

import { attempt, endpoints } from "./api.js";
import { button, count, el, icon, toast } from "./dom.js";
import { towards } from "./router.js";

const REFUSALS = ["server-error", "too-many-requests", "unavailable", "bad-request", "unauthorized", "forbidden", "not-found"];
const FAULTS = ["reset", "empty", "truncated", "malformed", "dribble", "hang"];

/** The rules in the order in which they are tried. */
export function ruleList(rules, refresh) {
  if (!rules.length) return el("p", { class: "quiet" }, "No rules: every right call is accepted.");
  return [
    el("ol", { class: "rules" }, rules.map((rule) => el("li", null,
      el("div", null,
        el("b", null, rule.name ?? summary(rule.outcomes)),
        el("p", { class: "quiet" }, [rule.name && summary(rule.outcomes), matched(rule.match), rule.probability < 1 && `with probability ${rule.probability}`].filter(Boolean).join(" · ")),
        rule.near_misses.length ? misses(rule.near_misses) : null),
      el("span", { class: "uses" }, count(rule.uses, "use"), rule.remaining === null ? "" : `, ${rule.remaining} left`),
      button(`Remove ${rule.name ?? summary(rule.outcomes)}`, "close", () => attempt("DELETE", `rules/${encodeURIComponent(rule.id)}`).then(refresh), { bare: true, class: "quiet" })))),
    rules.length > 1 ? button("Remove all rules", null, () => attempt("DELETE", "rules").then(refresh)) : null,
  ];
}

function misses(nearest) {
  return el("details", null, el("summary", null, "Why it was not used"),
    nearest.map(({ request, differences }) => el("p", null, el("a", towards({ r: request, view: "requests" }), request), ` ${differences.join("; ")}`)));
}

/** One line for what a rule does. */
export function summary(outcomes) {
  return outcomes.map((outcome) => {
    const what = outcome.refuse ? `refuse: ${outcome.refuse}`
      : outcome.fault ? `fault: ${outcome.fault}`
      : outcome.answer ? `answer ${outcome.answer.status ?? 200}`
      : outcome.accept?.status ? `accept as ${outcome.accept.status}` : "accept";
    return outcome.delay ? `${what} after ${typeof outcome.delay === "number" ? `${outcome.delay} s` : "a while"}` : what;
  }).join(", then ");
}

function matched({ endpoint, recipient, document } = {}) {
  return [endpoint, recipient && `to ${recipient}`, document && "with a certain body"].filter(Boolean).join(", ") || "any call";
}

/** The form that adds a rule; its fields follow what shall happen. */
export function ruleForm(refresh) {
  const endpoint = select("endpoint", "Endpoint", [["", "any"]]);
  endpoints().then((all) => {
    endpoint.field.append(...all.map(({ name }) => el("option", null, name)));
    status.field.append(...[...new Set(all.flatMap(({ statuses }) => statuses))].map((name) => el("option", null, name)));
  }, () => {});
  const what = select("what", "What happens", [["refuse", "refuse it"], ["fault", "break the connection"], ["accept", "accept it"]]);
  const refuse = select("refuse", "As", REFUSALS.map((name) => [name, name]));
  const fault = select("fault", "How", FAULTS.map((name) => [name, name]));
  const status = select("status", "With the status", [["", "as documented"]]);
  const recipient = input("recipient", "Recipient", { placeholder: "any; 4179* for a prefix" });
  const delay = input("delay", "Delay in seconds", { type: "number", min: 0, max: 60, step: "any", placeholder: "0" });
  const times = input("times", "How often", { type: "number", min: 1, step: 1, placeholder: "for ever", value: "1" });
  const problem = el("p", { class: "problem", role: "alert", hidden: true });
  const follow = () => {
    refuse.node.hidden = what.field.value !== "refuse";
    fault.node.hidden = what.field.value !== "fault";
    status.node.hidden = what.field.value !== "accept";
  };
  what.field.addEventListener("change", follow);
  follow();
  return el("form", { class: "fields", onsubmit: async (event) => {
    event.preventDefault();
    const kind = what.field.value;
    const chosen = { refuse: refuse.field.value, fault: fault.field.value, accept: status.field.value ? { status: status.field.value } : {} };
    const outcome = { [kind]: chosen[kind] };
    if (Number(delay.field.value)) outcome.delay = Number(delay.field.value);
    const match = {};
    if (endpoint.field.value) match.endpoint = endpoint.field.value;
    if (recipient.field.value.trim()) match.recipient = recipient.field.value.trim();
    problem.hidden = true;
    const rule = { match, outcomes: [outcome], times: times.field.value ? Number(times.field.value) : null };
    if (await attempt("POST", "rules", rule, (told) => Object.assign(problem, { textContent: told, hidden: false }))) {
      toast("The rule is installed");
      refresh();
    }
  } }, what.node, refuse.node, fault.node, status.node, endpoint.node, recipient.node, times.node, delay.node, problem,
  el("button", { class: "primary" }, icon("plus"), "Add the rule"));
}

/** A labelled field. */
export function input(name, label, props) {
  const field = el("input", { name, autocomplete: "off", ...props });
  return { field, node: el("label", null, el("span", null, label), field) };
}

/** A labelled choice of [value, text] pairs. */
export function select(name, label, options) {
  const field = el("select", { name }, options.map(([value, text]) => el("option", { value }, text)));
  return { field, node: el("label", null, el("span", null, label), field) };
}
