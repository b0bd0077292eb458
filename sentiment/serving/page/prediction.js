// One answer, as the view of a text shows it.

import { bar, copyButton, h } from "./dom.js";
import { confidence, count, counted, percent, titled, tone } from "./format.js";
import { hasKey } from "./api.js";
import { feedbackOn } from "./feedback.js";
import { contributionsOf, sentenceList, sentencesOf, shaded, strongest } from "./spans.js";

const SIGNS = { good: "+", bad: "−", calm: "=" };
const UNKNOWN = 0.2; // the share of unknown tokens from which it is worth a note

const WARNINGS = {
  truncated: "Only part of the text was read.",
  unknown_tokens: "The model does not know many of these words.",
  other_language: "This is probably another language than the model was trained on.",
  no_words: "There are only links, numbers or symbols here.",
  short: "This is much shorter than anything that the model was trained on.",
};

// `asked` is the body of the request, `card` the model's card, or null where it is not known, `late`
// whether the server was too busy to say more.
export function predictionView(asked, answer, card, seconds, late = false) {
  const labels = card?.labels ?? Object.keys(answer.probabilities);
  return [
    verdict(answer, labels),
    h("ul", { class: "bars", "aria-label": "Probabilities" },
      Object.entries(answer.probabilities).map(([label, share]) => probability(label, share, labels))),
    notes(answer, card, late),
    feedbackOn(asked.text, answer, labels),
    why(asked.text, answer),
    sentences(asked.text, answer, labels),
    facts(answer, seconds),
    more(asked, answer),
  ];
}

function verdict(answer, labels) {
  const colour = tone(answer.label, labels);
  return h("div", { class: `verdict ${colour}` },
    h("span", { class: "sign", "aria-hidden": "true" }, SIGNS[colour] ?? "•"),
    h("div", {},
      h("h2", { class: "label" }, titled(answer.label)),
      answer.uncertain ? h("p", { class: "badge marked" }, "marked as uncertain") : h("p", { class: "faint" }, doubt(answer))),
    h("p", { class: "figure" }, confidence(answer.confidence),
      h("span", { class: "faint" }, "confidence")));
}

function doubt(answer) {
  const chance = 1 / Object.keys(answer.probabilities).length;
  const known = (answer.confidence - chance) / (1 - chance); // 0: a guess, 1: certain
  if (known >= 0.8) return "the model is sure";
  return known >= 0.4 ? "the model is fairly sure" : "close to a guess";
}

function probability(label, share, labels) {
  return h("li", {}, h("span", { class: "bar-name" }, label), bar(share, tone(label, labels)),
    h("span", { class: "bar-figure" }, percent(share)));
}

function notes(answer, card, late) {
  const said = [];
  if (late) said.push("The server is too busy to explain this answer now.");
  if (answer.truncated) said.push(cut(answer, card));
  if (answer.unknown_tokens / Math.max(answer.tokens, 1) > UNKNOWN) {
    said.push(`The model does not know ${count(answer.unknown_tokens)} of the ` +
      `${count(answer.tokens)} tokens, so it has read less than you see.`);
  }
  if (answer.mixed) said.push("Its sentences disagree: one label does not say everything.");
  const own = new Set([answer.truncated && "truncated", said.some((text) => text.includes("know")) && "unknown_tokens"]);
  for (const warning of answer.warnings ?? []) {
    if (!own.has(warning)) said.push(warned(warning)); // what is told above in figures is told once
  }
  return [...new Set(said)].map((text) => h("p", { class: "note" },
    h("span", { class: "note-sign", "aria-hidden": "true" }, "!"), text));
}

// A warning is a word for programs, or an object with one and a message.
function warned(warning) {
  const code = typeof warning === "string" ? warning : warning?.code;
  return WARNINGS[code] ?? warning?.message ?? titled(String(code ?? "").replaceAll("_", " "));
}

function cut(answer, card) {
  const most = card?.truncation?.max_length;
  const read = most ? `${count(most)} of its ${count(answer.tokens)} tokens` : "a part of it";
  const kept = card?.truncation?.policy === "head"
    ? "what comes after them was cut off"
    : "about the first quarter from its beginning and the rest from its end; the middle was cut out";
  return `The text is longer than the model reads: it has read ${read}${most ? `, ${kept}` : ""}.`;
}

function why(text, answer) {
  const contributions = contributionsOf(answer);
  if (!contributions.length) return null;
  return h("div", { class: "part" },
    h("h3", {}, "Why"),
    shaded(text, contributions),
    answer.explanation?.words_each > 1 && h("p", { class: "faint" },
      `The text is long: ${count(answer.explanation.words_each)} words were tried together.`),
    h("p", { class: "legend" },
      h("span", {}, h("mark", { class: "for level-3" }, "solid line"), ` speaks for ${answer.label}`),
      h("span", {}, h("mark", { class: "against level-3" }, "dashed line"), " speaks against")),
    strongest(text, contributions));
}

function sentences(text, answer, labels) {
  const found = sentencesOf(answer);
  if (found.length < 2) return null;
  return h("div", { class: "part" }, h("h3", {}, "Sentence by sentence"),
    sentenceList(text, found, labels));
}

const DECIDED = { encoder: "encoder", ngrams: "n-grams", both: "encoder and n-grams" };

function facts(answer, seconds) {
  const pairs = [
    ["Model", h("code", {}, answer.model)],
    ["Length", counted(answer.tokens, "token")],
    ["Decided by", DECIDED[answer.decided_by] ?? answer.decided_by],
    ["Took", `${Math.max(1, Math.round(1000 * seconds))} ms`],
  ];
  return h("dl", { class: "facts" }, pairs.filter(([, value]) => value !== undefined)
    .map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
}

function more(asked, answer) {
  const command = curl(asked);
  const json = JSON.stringify(answer, null, 2);
  return h("div", { class: "more" },
    h("details", {}, h("summary", {}, "The same with curl"),
      h("pre", { id: "curl", tabindex: "0" }, h("code", {}, command)), copyButton("command", () => command)),
    h("details", {}, h("summary", {}, "The answer as JSON"),
      h("pre", { tabindex: "0" }, h("code", {}, json)), copyButton("JSON", () => json)));
}

// The request as a line for a shell. A key is named, never shown.
export function curl(body) {
  const address = new URL("predict", document.baseURI.split("#")[0]).href;
  const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
  return [`curl ${quoted(address)}`, "-H 'Content-Type: application/json'",
    ...(hasKey() ? ['-H "Authorization: Bearer $SENTIMENT_KEY"'] : []),
    `-d ${quoted(JSON.stringify(body))}`].join(" \\\n  ");
}
