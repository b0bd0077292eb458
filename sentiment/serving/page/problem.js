// An error in words: what went wrong, what the server says of it, and what can be done.

import { h } from "./dom.js";
import { title } from "./format.js";

export function problem(error, again, heading = title(error)) {
  return h("div", { class: "problem", role: "alert" },
    h("span", { class: "sign", "aria-hidden": "true" }, "!"),
    h("div", {},
      h("h2", {}, heading),
      h("p", {}, error.message),
      again && h("button", { type: "button", class: "button", onclick: again }, "Try again")));
}

export function waitingFor(seconds, error) {
  return h("p", { class: "waiting" }, h("span", { class: "spinner", "aria-hidden": "true" }),
    `${title(error)}. Trying again in ${Math.ceil(seconds)} s.`);
}
