// "This is wrong": tells the server which label is right, where it takes feedback.

import { request } from "./api.js";
import { h } from "./dom.js";
import { title } from "./format.js";
import { served } from "./server.js";

// What stands under an answer; null where feedback is off, or there is no other label.
export function feedbackOn(text, answer, labels) {
  const others = labels.filter((label) => label !== answer.label);
  if (!served()?.feedback || !others.length) return null;

  const said = h("p", { class: "faint", role: "status", tabindex: "-1" });
  const failed = h("p", { class: "over", role: "alert" });
  let sending = false;

  async function send(label) {
    if (sending) return;
    sending = true;
    failed.textContent = "";
    try {
      await request("feedback", { text, label, said: answer.label, confidence: answer.confidence });
      opener.remove();
      offer.remove();
      said.textContent = `Thank you. The text is kept as ${label}.`;
      said.focus(); // what had it is gone
    } catch (error) {
      failed.textContent = `${title(error)}. ${error.message}`;
    }
    sending = false;
  }

  const offer = h("div", { id: "right-label", hidden: true, role: "group", "aria-label": "The right label" },
    h("div", { class: "row" }, choice(others, send)),
    h("p", { class: "faint" }, "The text and the right label are then kept on this server."));
  const opener = h("button", { type: "button", class: "button small quiet", "aria-expanded": "false",
    "aria-controls": "right-label", onclick: () => {
      offer.hidden = !offer.hidden;
      opener.setAttribute("aria-expanded", String(!offer.hidden));
    } }, "This is wrong");
  return h("div", { class: "feedback" }, opener, offer, failed, said);
}

// One other label is a button with its name; of several one is chosen first.
function choice(others, send) {
  if (others.length === 1) {
    return h("button", { type: "button", class: "button small", onclick: () => send(others[0]) },
      `It is ${others[0]}`);
  }
  const list = h("select", { id: "right-label-choice" }, others.map((label) => h("option", { value: label }, label)));
  return [h("label", { for: "right-label-choice", class: "faint" }, "It is"), list,
    h("button", { type: "button", class: "button small", onclick: () => send(list.value) }, "Send")];
}
