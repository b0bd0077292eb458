// The table of a file's texts and their answers: a page of rows, filtered by label and by doubt.

import { bar, h, unseen } from "./dom.js";
import { confidence, count, title, tone } from "./format.js";

const ROWS = 50; // on a page
const SHOWN = 400; // characters of a text in its cell

const DOUBTS = [
  ["all", "any confidence", () => true],
  ["marked", "marked as uncertain", (result) => result.uncertain === true],
  ["60", "under 60 %", (result) => result.confidence < 0.6],
  ["75", "under 75 %", (result) => result.confidence < 0.75],
  ["90", "under 90 %", (result) => result.confidence < 0.9],
  ["sure", "90 % and more", (result) => result.confidence >= 0.9],
];

export class Table {
  // `texts` and `results` have the same places; a result that is not there yet is undefined.
  constructor(texts, results, labels, open) {
    Object.assign(this, { texts, results, labels, open, label: "all", doubt: "all", page: 0 });
    this.labelSelect = this.#select("Label", this.#labelOptions(), (value) => { this.label = value; });
    this.doubtSelect = this.#select("Confidence", DOUBTS.filter(([name]) => name !== "marked"),
      (value) => { this.doubt = value; });
    this.body = h("tbody", { role: "rowgroup" });
    this.pages = h("div", { class: "row pages" });
    this.shown = h("p", { class: "faint", role: "status" });
    this.element = h("div", { class: "card flush" },
      h("div", { class: "filters" }, this.labelSelect, this.doubtSelect, this.shown),
      h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Table of answers" },
        h("table", { class: "answers", role: "table" }, // the roles outlast the layout on a phone
          h("thead", { role: "rowgroup" }, h("tr", { role: "row" },
            ["Row", "Text", "Label", "Confidence", "Notes"].map(
              (name) => h("th", { scope: "col", role: "columnheader" }, name)))),
          this.body)),
      this.pages);
  }

  // Show what is known by now.
  refresh() {
    this.#offerMarked();
    const places = this.#places();
    const last = Math.max(0, Math.ceil(places.length / ROWS) - 1);
    this.page = Math.min(this.page, last);
    const some = places.slice(this.page * ROWS, (this.page + 1) * ROWS);
    const focused = this.body.contains(document.activeElement) && document.activeElement.dataset.row;
    this.body.replaceChildren(...some.map((place) => this.#row(place)));
    if (focused) this.body.querySelector(`[data-row="${focused}"]`)?.focus();
    this.#showPages(places.length, last);
  }

  #places() {
    const [, , fits] = DOUBTS.find(([name]) => name === this.doubt);
    const all = this.label === "all" && this.doubt === "all";
    const places = [];
    this.results.forEach((result, place) => {
      if (all || (result && this.#hasLabel(result) && (result.error ? this.doubt === "all"
        : fits(result)))) places.push(place);
    });
    return places;
  }

  #hasLabel(result) {
    if (this.label === "all") return true;
    return this.label === "errors" ? Boolean(result.error) : `=${result.label}` === this.label;
  }

  #labelOptions() {
    return [["all", "all"], ...this.labels.map((name) => [`=${name}`, name]), ["errors", "without an answer"]];
  }

  #select(name, options, change) {
    const id = `filter-${name.toLowerCase()}`;
    const list = h("select", { id, onchange: () => { change(list.value); this.page = 0; this.refresh(); } },
      options.map(([value, text]) => h("option", { value }, text)));
    return h("span", { class: "filter" }, h("label", { for: id }, name), list);
  }

  // The filter of marks is there once an answer has one.
  #offerMarked() {
    const list = this.doubtSelect.querySelector("select");
    if (list.querySelector('[value="marked"]')) return;
    if (!this.results.some((result) => result?.uncertain === true)) return;
    list.firstChild.after(h("option", { value: "marked" }, "marked as uncertain"));
  }

  #row(place) {
    const result = this.results[place];
    const text = this.texts[place];
    const cut = text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
    return h("tr", { role: "row" },
      h("th", { scope: "row", role: "rowheader" }, count(place + 1)),
      cell("cell-text", h("button", {
        type: "button", class: "cell-open", "data-row": place,
        title: "Look at this text", onclick: () => this.open(text),
      }, h("span", { class: "clamp", dir: "auto" }, cut))),
      ...this.#answer(result));
  }

  #answer(result) {
    if (!result) {
      return [cell("", h("span", { class: "ghost ghost-cell" }), unseen("waiting")), cell(), cell()];
    }
    if (result.error) {
      return [cell("", h("span", { class: "badge badge-error" }, "no answer")), cell(),
        cell("cell-notes", h("b", {}, title(result.error)), ". ", result.error.message)];
    }
    const colour = tone(result.label, this.labels);
    return [
      cell("", h("span", { class: `badge ${colour}` }, result.label)),
      cell("cell-figure", bar(result.confidence, colour), confidence(result.confidence)),
      cell("cell-notes", noteOf(result)),
    ];
  }

  #showPages(rows, last) {
    const from = this.page * ROWS;
    const filtered = this.label !== "all" || this.doubt !== "all";
    this.shown.textContent = filtered
      ? `${count(rows)} of ${count(this.texts.length)} rows` : `${count(rows)} rows`;
    const step = (by, text) => h("button", {
      type: "button", class: "button small", "data-step": by,
      disabled: this.page + by < 0 || this.page + by > last,
      onclick: () => { this.page += by; this.refresh(); this.pages.querySelector(`[data-step="${by}"]`).focus(); },
    }, text);
    const position = rows ? `${count(from + 1)} to ${count(Math.min(from + ROWS, rows))}` : "nothing fits";
    const key = `${position}/${rows}`;
    if (this.pages.dataset.key === key) return; // so that a focused button stays where it is
    this.pages.dataset.key = key;
    this.pages.replaceChildren(step(-1, "Previous"), h("span", { class: "faint" }, position), step(1, "Next"));
  }
}

const cell = (kind = "", ...inside) => h("td", { class: kind, role: "cell" }, inside);

function noteOf(result) {
  const notes = [];
  if (result.uncertain) notes.push("uncertain");
  if (result.truncated) notes.push("cut");
  if (result.tokens && result.unknown_tokens / result.tokens > 0.2) notes.push("unknown words");
  return notes.join(", ");
}
