// One run over a file: progress, summary, table, stopping, going on, and the download.

import { bar, h } from "./dom.js";
import { count, counted, duration, percent, title, tone } from "./format.js";
import { problem } from "./problem.js";
import { Scorer } from "./scorer.js";
import { Table } from "./table.js";
import { isTooLong } from "./rows.js";
import { writeCsv } from "./csv.js";

const REFRESH_MS = 250;
const TOO_LONG = { error: { code: "bad_row", message: "It has more cells than there are columns. Put its text in quotes." } };

export class Run {
  constructor(name, table, labels, mostTexts, open) {
    Object.assign(this, { name, table, labels: [...labels], worked: 0, wait: "" });
    this.texts = table.rows.map((row) => row[table.text] ?? "");
    this.results = table.rows.map((row) => (isTooLong(row, table.columns) ? TOO_LONG : undefined));
    this.done = this.results.filter(Boolean).length;
    this.rows = new Table(this.texts, this.results, this.labels, open);
    this.scorer = new Scorer(this.texts, this.results, mostTexts, {
      result: (place, result) => this.#take(place, result),
      waiting: (seconds, error) => { this.wait = `${title(error)}; trying again in ${Math.ceil(seconds)} s.`; },
      going: () => { this.wait = ""; },
    });
    this.#build();
  }

  #build() {
    this.progress = h("progress", { max: this.texts.length, value: 0, "aria-label": "Progress" });
    this.line = h("p", { class: "progress-line" });
    this.said = h("p", { class: "unseen", role: "status" });
    this.problem = h("div");
    this.summary = h("ul", { class: "bars", "aria-label": "Answers by label" });
    this.stopButton = h("button", { type: "button", class: "button", onclick: () => this.stop() }, "Cancel");
    this.goOn = h("button", { type: "button", class: "button main", hidden: true, onclick: () => this.start() }, "Go on");
    this.save = h("button", { type: "button", class: "button", onclick: () => this.download() }, "Download CSV");
    this.element = h("div", { class: "run" },
      h("div", { class: "card" },
        h("div", { class: "run-head" }, this.line, h("div", { class: "row" }, this.stopButton, this.goOn, this.save)),
        this.progress, this.said, this.problem, this.summary),
      this.rows.element);
  }

  async start() {
    this.aborted = new AbortController();
    this.since = performance.now();
    this.before = this.done;
    this.problem.replaceChildren();
    this.#working(true);
    const timer = setInterval(() => this.refresh(), REFRESH_MS);
    this.refresh();
    try {
      await this.scorer.run(this.aborted.signal);
      this.said.textContent = `Finished: ${counted(this.done, "row")}.`;
    } catch (error) {
      if (this.aborted.signal.aborted) this.said.textContent = `Cancelled after ${counted(this.done, "row")}.`;
      else this.problem.replaceChildren(problem(error));
    } finally {
      clearInterval(timer);
      this.worked += (performance.now() - this.since) / 1000;
      this.wait = "";
      this.#working(false);
      this.refresh();
    }
  }

  stop() { this.aborted?.abort(); }

  #working(yes) {
    this.working = yes;
    const ours = [this.stopButton, this.goOn].includes(document.activeElement);
    this.stopButton.hidden = !yes;
    this.goOn.hidden = yes || this.done === this.texts.length;
    if (ours) (yes ? this.stopButton : this.goOn.hidden ? this.save : this.goOn).focus();
  }

  #take(place, result) {
    this.results[place] = result;
    this.done += 1;
    if (result.label && !this.labels.includes(result.label)) this.labels.push(result.label);
  }

  refresh() {
    this.progress.value = this.done;
    this.line.replaceChildren(h("b", {}, `${count(this.done)} of ${count(this.texts.length)}`),
      h("span", { class: "faint" }, ` ${this.wait || this.#pace()}`));
    this.#sayQuarters();
    this.#showSummary();
    this.rows.refresh();
  }

  #pace() {
    if (!this.working) {
      return this.done === this.texts.length ? `rows in ${duration(this.worked)}` : "rows; stopped";
    }
    const seconds = (performance.now() - this.since) / 1000;
    const rate = (this.done - this.before) / seconds;
    if (rate === 0) return "rows";
    return `rows, ${count(Math.round(rate))} a second, ${duration((this.texts.length - this.done) / rate)} left`;
  }

  // A screen reader hears of each quarter, not of each piece.
  #sayQuarters() {
    const quarter = Math.floor((4 * this.done) / this.texts.length);
    if (this.working && quarter > 0 && quarter !== this.quarter && quarter < 4) {
      this.said.textContent = `${25 * quarter} % done.`;
    }
    this.quarter = quarter;
  }

  #showSummary() {
    const counts = new Map(this.labels.map((label) => [label, 0]));
    let failed = 0;
    for (const result of this.results) {
      if (result?.error) failed += 1;
      else if (result) counts.set(result.label, counts.get(result.label) + 1);
    }
    const good = Math.max(this.done - failed, 1);
    const rows = [...counts].map(([label, n]) => h("li", {}, h("span", { class: "bar-name" }, label),
      bar(n / good, tone(label, this.labels)),
      h("span", { class: "bar-figure" }, `${count(n)} (${percent(n / good, 0)})`)));
    if (failed) {
      rows.push(h("li", {}, h("span", { class: "bar-name" }, "without an answer"),
        bar(failed / this.done, "tone-error"), h("span", { class: "bar-figure" }, count(failed))));
    }
    this.summary.replaceChildren(...rows);
  }

  // The file's own columns, and the answers known by now beside them.
  download() {
    const marks = this.results.some((result) => result?.uncertain !== undefined);
    const heading = [...this.table.columns, "label", "confidence",
      ...this.labels.map((label) => `probability ${label}`), "truncated", ...(marks ? ["uncertain"] : []), "model", "error"];
    const rows = this.results.map((result, place) => {
      const own = this.table.columns.map((_, column) => this.table.rows[place][column] ?? "");
      const answer = result ?? {};
      return [...own, answer.label, answer.confidence,
        ...this.labels.map((label) => answer.probabilities?.[label]), answer.truncated, ...(marks ? [answer.uncertain] : []), answer.model,
        answer.error && `${answer.error.code}: ${answer.error.message}`];
    });
    const content = new Blob(["\ufeff", writeCsv([heading, ...rows])], { type: "text/csv" });
    const link = h("a", { href: URL.createObjectURL(content), download: `${this.name.replace(/\.\w+$/, "")}-answers.csv` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }
}
