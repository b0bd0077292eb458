// The view of one text: type or paste it, and see the answer.

import { patiently } from "./api.js";
import { byId, h } from "./dom.js";
import { confidence, count } from "./format.js";
import { predictionView } from "./prediction.js";
import { problem, waitingFor } from "./problem.js";
import { examplesFor } from "./examples.js";
import { offers, served, server } from "./server.js";

const PAUSE_MS = 600; // of typing, after which the text is sent
const LIVE = 20_000; // characters; longer texts are sent by the button only
const EXPLAINED_S = 10; // of waiting for a busy server, after which the bare answer is asked for

let timer = 0;
let asked = null; // what aborts the request on its way

export function startReader() {
  const input = byId("input");
  input.addEventListener("input", () => {
    showCount();
    clearTimeout(timer);
    if (!input.value.trim()) showNothing();
    else if (input.value.length <= LIVE) timer = setTimeout(() => classify(), PAUSE_MS);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) classify();
  });
  byId("reader").addEventListener("submit", (event) => {
    event.preventDefault();
    if (input.value.trim()) classify(true);
    else input.focus();
  });
  byId("clear").addEventListener("click", () => {
    input.value = "";
    showCount();
    showNothing();
    input.focus();
  });
  showCount();
  showNothing();
}

// Put a text into the field and ask for its answer.
export function read(text) {
  byId("input").value = text;
  showCount();
  classify(true);
}

export function showExamples() {
  const buttons = examplesFor(served()?.card ?? null, server().example).map(([name, text]) =>
    h("li", {}, h("button", { type: "button", class: "chip", title: text, onclick: () => read(text) },
      name)));
  byId("examples").replaceChildren(...buttons);
  byId("examples").parentElement.hidden = buttons.length === 0;
}

function showCount() {
  const length = Array.from(byId("input").value).length;
  const most = server().mostCharacters;
  byId("counter").textContent = length === 0 ? ""
    : `${count(length)}${Number.isFinite(most) ? ` of ${count(most)}` : ""} characters`;
  byId("counter").classList.toggle("over", length > most);
}

function showNothing() {
  clearTimeout(timer);
  asked?.abort();
  byId("said").textContent = "";
  byId("result").replaceChildren(h("div", { class: "empty" },
    h("span", { class: "ghost ghost-wide" }), h("span", { class: "ghost" }),
    h("span", { class: "ghost ghost-short" }),
    h("p", {}, "The answer appears here.")));
}

// `follow`: whoever asked by a button on a phone is taken to the answer below.
async function classify(follow = false) {
  clearTimeout(timer);
  asked?.abort();
  const own = (asked = new AbortController());
  const result = byId("result");
  result.setAttribute("aria-busy", "true");
  const since = performance.now();
  const waiting = (seconds, error) => result.replaceChildren(waitingFor(seconds, error));
  try {
    const { body, answer, late } = await answerTo(byId("input").value, own.signal, waiting);
    const seconds = (performance.now() - since) / 1000;
    result.replaceChildren(...predictionView(body, answer, served()?.card ?? null, seconds, late)
      .flat().filter(Boolean));
    if (follow && result.getBoundingClientRect().top > innerHeight - 120) {
      result.parentElement.scrollIntoView({ block: "nearest" });
    }
    byId("said").textContent = `${answer.label}, confidence ${confidence(answer.confidence)}`;
  } catch (error) {
    if (own.signal.aborted) return;
    byId("said").textContent = "";
    result.replaceChildren(problem(error, () => classify()));
  } finally {
    if (asked === own) result.removeAttribute("aria-busy");
  }
}

// The request that was answered, its answer, and whether that is `late` to explain itself: explanations
// wait while others ask, and labels do not.
async function answerTo(text, signal, waiting) {
  const body = bodyFor(text, await offers());
  if (Object.keys(body).length > 1) {
    try {
      return { body, answer: await patiently("predict", body, signal, { waiting, most: EXPLAINED_S }) };
    } catch (error) {
      if (![429, 504].includes(error.status)) throw error;
    }
  }
  const bare = { text };
  const answer = await patiently("predict", bare, signal, { waiting });
  return { body: bare, answer, late: Object.keys(body).length > 1 };
}

// Only what the server's own document has is asked for.
function bodyFor(text, offer) {
  const wishes = ["explain", "sentences", "warnings"].filter((name) => offer[name]);
  return { text, ...Object.fromEntries(wishes.map((name) => [name, true])) };
}
