// Words shaded by what they contributed, and sentences, as answers that explain themselves have them.
//
// An answer may hold lists of objects with `offset` and `length`, in code points of the text that
// was sent. Those with a label are sentences; those with one number more are contributions: how
// much the probability of the label falls without them, or, where n-grams decided, their own weight
// in log odds. A contribution of null is one that cannot be told.

import { h, unseen } from "./dom.js";
import { confidence, tone } from "./format.js";

const LEVELS = 4;
const SHOWN = 6; // words named below the text
const WORTH = 0.005; // half a point of probability, or as little of log odds: less is not told

const isSpan = (each) => Number.isInteger(each?.offset) && Number.isInteger(each?.length);

// Every list of spans in an answer, with the name of its field.
function* spanLists(value, name = "") {
  if (Array.isArray(value)) {
    if (value.length && value.every(isSpan)) yield [name, value];
    return;
  }
  if (value === null || typeof value !== "object") return;
  for (const [key, inside] of Object.entries(value)) yield* spanLists(inside, key);
}

// The number of a contribution, whatever it is called.
function weightOf(span) {
  for (const [name, value] of Object.entries(span)) {
    if (name !== "offset" && name !== "length" && typeof value === "number") return value;
  }
  return null;
}

export function sentencesOf(answer) {
  for (const [, spans] of spanLists(answer)) {
    if (typeof spans[0].label === "string") return spans;
  }
  return [];
}

export function contributionsOf(answer) {
  const lists = [...spanLists(answer)].filter(([, spans]) =>
    spans[0].label === undefined && spans.some((span) => weightOf(span) !== null));
  const words = lists.find(([name]) => !name.includes("sentence")) ?? lists[0];
  const odds = answer.explanation?.method === "ngrams";
  return words ? words[1].map((span) => ({ ...span, weight: weightOf(span) ?? 0, odds })) : [];
}

// The text, in which what contributed is shaded and underlined.
export function shaded(text, contributions) {
  const characters = Array.from(text);
  const most = Math.max(...contributions.map((each) => Math.abs(each.weight)), 0);
  const reading = h("p", { class: "reading", dir: "auto" });
  let at = 0;
  for (const each of [...contributions].sort((a, b) => a.offset - b.offset)) {
    const level = most ? Math.round((LEVELS * Math.abs(each.weight)) / most) : 0;
    if (each.offset < at || level === 0 || Math.abs(each.weight) < WORTH) continue;
    reading.append(characters.slice(at, each.offset).join(""));
    at = each.offset + each.length;
    const side = each.weight > 0 ? "for" : "against";
    reading.append(h("mark", { class: `${side} level-${level}`, title: points(each) },
      characters.slice(each.offset, at).join("")));
  }
  reading.append(characters.slice(at).join(""));
  return reading;
}

function points({ weight, odds }) {
  const size = Math.abs(weight);
  return `${weight > 0 ? "+" : "−"}${odds ? `${size.toFixed(2)} log odds` : `${(100 * size).toFixed(1)} points`}`;
}

// The words that mattered most, in words and figures.
export function strongest(text, contributions) {
  const characters = Array.from(text);
  const worth = contributions.filter((each) => Math.abs(each.weight) >= WORTH);
  const ordered = worth.sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight)).slice(0, SHOWN);
  const named = ordered.map((each) => h("li", { class: each.weight > 0 ? "for" : "against" },
    h("b", { dir: "auto" }, characters.slice(each.offset, each.offset + each.length).join("")), " ",
    points(each)));
  if (!named.length) return h("p", { class: "faint" }, "No word by itself matters to this answer.");
  return h("ul", { class: "chips", "aria-label": "Words that mattered most" }, named);
}

export function sentenceList(text, sentences, labels) {
  const characters = Array.from(text);
  const rows = sentences.map((each) => h("li", { class: `sentence ${tone(each.label, labels)}` },
    h("span", { class: "sentence-text", dir: "auto" },
      characters.slice(each.offset, each.offset + each.length).join("")),
    h("span", { class: "sentence-label" }, unseen(": "), `${each.label} `,
      confidence(each.confidence))));
  return h("ol", { class: "sentences" }, rows);
}
