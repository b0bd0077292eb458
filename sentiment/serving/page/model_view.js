// The view of the model: what it is, how good it was, and what it was trained on.

import { bar, byId, copyButton, h } from "./dom.js";
import { count, counted, duration, interval, percent, titled, tone } from "./format.js";
import { cascade, reliability } from "./model_charts.js";
import { problem } from "./problem.js";
import { served } from "./server.js";

const WORST = 8; // abilities shown at once

export function showModelProblem(error, again) {
  byId("card").replaceChildren(problem(error, again));
}

export function showModel() {
  const { tag, engine, passed_over: passedOver = [], doubt, card } = served();
  const parts = [
    overview(tag, engine, card),
    ...passedOver.map((text) => h("p", { class: "note" }, h("span", { class: "note-sign", "aria-hidden": "true" }, "!"),
      `Passed over at the start: ${text}`)),
    figures(card, doubt),
    charts(card),
    h("div", { class: "columns even" }, data(card.data), behaviour(card.behaviour)),
    h("div", { class: "columns even" }, training(card), technical(engine, card)),
    h("details", { class: "card raw" }, h("summary", {}, "The whole card as JSON"),
      h("pre", { tabindex: "0" }, h("code", {}, JSON.stringify(served(), null, 2)))),
  ];
  byId("card").replaceChildren(...parts.flat().filter(Boolean));
}

function overview(tag, engine, card) {
  return h("div", { class: "card overview" },
    h("div", {}, h("p", { class: "small-title" }, "Answers here"), h("p", { class: "tag" }, h("code", {}, tag)),
      h("p", { class: "faint" }, `${titled(card.recipe)} recipe on the encoder ${card.base_model}; ` +
        `computed by ${engine.backend} in ${engine.precision} on ${engine.device}`)),
    h("ul", { class: "badges", "aria-label": "Labels" }, card.labels.map((label) =>
      h("li", { class: `badge ${tone(label, card.labels)}` }, label))));
}

// A figure with what it was measured on, and its interval where there is one.
const figure = (name, value, below) => h("div", { class: "card stat" }, h("dt", {}, name),
  h("dd", {}, h("span", { class: "stat-value" }, value), h("span", { class: "faint" }, below)));

function figures(card, doubt) {
  const n = card.data.sizes.validation ?? 0;
  const best = card.epochs.find((epoch) => epoch.epoch === card.best_epoch);
  const fit = card.calibration;
  const between = (share, texts) =>
    `${interval(share, texts).map((end) => percent(end)).join(" to ")} (95\u00a0%), on ${counted(texts, "text")}`;
  const last = card.cascade;
  return h("dl", { class: "stats" },
    best && figure("Accuracy of the encoder", percent(best.validation_accuracy),
      n ? between(best.validation_accuracy, n) : "validation"),
    last?.rule && figure("With its n-grams", percent(last.chosen.accuracy), between(last.chosen.accuracy, last.validation_texts)),
    figure("Calibration error", fit.expected_calibration_error_after.toFixed(3),
      `${fit.expected_calibration_error_before.toFixed(3)} before the temperature of ${fit.temperature.toFixed(2)}`),
    figure("Log loss", fit.log_loss_after.toFixed(3), `${fit.log_loss_before.toFixed(3)} before`),
    doubt && figure("Marked as uncertain", percent(1 - doubt.coverage),
      `${doubt.coverage ? `below a confidence of ${percent(doubt.confidence)}` : "all answers"}, so that at most ` +
      `${percent(doubt.max_risk)} of the others should be wrong`),
    figure("Reads", `${count(card.truncation.max_length)} tokens`,
      card.truncation.policy === "head" ? "from the beginning" : "a quarter from the beginning, the rest from the end"));
}

function charts(card) {
  const drawn = [reliability(card.calibration), cascade(card.cascade)].filter(Boolean);
  if (!drawn.length) return null;
  return h("div", { class: "columns even" }, drawn.map((each) => h("div", { class: "card" }, each)));
}

function definitions(pairs) {
  return h("dl", { class: "list" }, pairs.filter(([, value]) => value !== undefined && value !== "")
    .map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
}

function data(summary) {
  const labels = Object.keys(Object.values(summary.class_counts)[0] ?? {});
  const rows = Object.entries(summary.sizes).map(([split, size]) => h("tr", {},
    h("th", { scope: "row" }, split), h("td", {}, count(size)),
    labels.map((label) => h("td", {}, count(summary.class_counts[split]?.[label] ?? 0)))));
  return h("section", { class: "card", "aria-labelledby": "data-title" }, h("h2", { id: "data-title" }, "Data"),
    definitions([["Source", summary.source],
      ["Left out", `${count(summary.dropped_empty)} empty, ${count(summary.dropped_duplicates)} also in a later split`]]),
    h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Texts by split and label" },
      h("table", { class: "plain" }, h("thead", {}, h("tr", {}, ["Split", "Texts", ...labels].map(
        (name) => h("th", { scope: "col" }, name)))), h("tbody", {}, rows))),
    h("h3", { class: "small-title" }, "Fingerprint"),
    h("p", { class: "fingerprint" }, h("code", {}, summary.fingerprint)),
    copyButton("fingerprint", () => summary.fingerprint));
}

function behaviour(report) {
  if (!report) return null;
  const ordered = [...report.abilities].sort((a, b) => b.rate - a.rate);
  const item = (each) => {
    const [low, high] = interval(each.rate, each.cases);
    return h("li", {}, h("span", { class: "bar-name" }, each.ability), bar(each.rate, "tone-error"),
      h("span", { class: "bar-figure" }, percent(each.rate, 0), h("span", { class: "faint" },
        ` ${(100 * low).toFixed(0)} to ${(100 * high).toFixed(0)}`)));
  };
  return h("section", { class: "card", "aria-labelledby": "behaviour-title" },
    h("h2", { id: "behaviour-title" }, "What fools it"),
    h("p", { class: "faint" }, `Fails in ${percent(report.mean_failure)} of the behaviour suite on average; ` +
      `both sides of edited pairs are right in ${percent(report.both_right)}. Failures, with 95 % intervals:`),
    h("ul", { class: "bars wide" }, ordered.slice(0, WORST).map(item)),
    ordered.length > WORST && h("details", {}, h("summary", {}, `${ordered.length - WORST} more`),
      h("ul", { class: "bars wide" }, ordered.slice(WORST).map(item))));
}

function training(card) {
  return h("section", { class: "card", "aria-labelledby": "training-title" },
    h("h2", { id: "training-title" }, "Training"),
    definitions([["Recipe", card.recipe], ["Encoder", card.base_model],
      ["Languages", card.languages.length ? card.languages.join(", ") : "not declared"],
      ["Epochs", `${count(card.epochs.length)}, the best is ${card.best_epoch}`],
      ["Made", h("time", { datetime: card.created }, card.created.replace("T", " ").replace("Z", " UTC"))],
      ["Took", duration(card.duration_s)], ["On", card.hardware], ["Precision", card.precision],
      ["Commit", h("code", {}, card.git_commit.slice(0, 12))]]));
}

function technical(engine, card) {
  const versions = Object.entries(card.versions).map(([name, version]) => `${name} ${version}`).join(", ");
  const formats = card.exports.map((each) => `${each.format} ${each.kept ? "ships" : `does not ship: ${each.problem}`}`);
  return h("section", { class: "card", "aria-labelledby": "engine-title" },
    h("h2", { id: "engine-title" }, "Engine"),
    definitions([["Backend", engine.backend], ["Device", engine.device], ["Precision", engine.precision],
      ["Threads", `${engine.threads} in ${counted(engine.streams, "stream")}`],
      ["Formats", formats.join("; ")], ["Versions", versions]]));
}
