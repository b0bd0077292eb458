// The view of a file: choose it, watch its table fill, stop it, take the answers away.

import { byId, h } from "./dom.js";
import { count } from "./format.js";
import { problem } from "./problem.js";
import { readRows } from "./rows.js";
import { Run } from "./run_view.js";
import { read } from "./reader.js";
import { examplesFor } from "./examples.js";
import { offers, served, server } from "./server.js";

let run = null;
let opened = 0; // files, so that one that is read late does not take the place of a newer one

export function startFile() {
  const field = byId("file");
  field.addEventListener("change", () => {
    if (field.files.length) open(field.files[0]);
    field.value = ""; // so that the same file can be chosen again
  });
  byId("sample").addEventListener("click", () => open(sample()));
  const drop = byId("drop");
  const over = (event, inside) => {
    event.preventDefault();
    drop.classList.toggle("over", inside);
  };
  drop.addEventListener("dragover", (event) => over(event, true));
  drop.addEventListener("dragleave", (event) => over(event, false));
  drop.addEventListener("drop", (event) => {
    over(event, false);
    const files = [...event.dataTransfer.files];
    if (files.length > 1) tell(`${count(files.length)} files cannot be read at once. Drop one.`);
    else if (files.length) open(files[0]);
  });
  for (const kind of ["dragover", "drop"]) { // beside the field a browser would leave the page
    addEventListener(kind, (event) => event.preventDefault());
  }
}

// Beside what is shown already, until a file is opened.
function tell(message) {
  const place = byId("scoring");
  place.querySelector(":scope > .problem")?.remove();
  place.prepend(problem({ message }, null, "One file at a time"));
}

async function open(file, heading = null, column = null) {
  const own = (opened += 1);
  run?.stop();
  const place = byId("scoring");
  byId("drop").classList.add("slim");
  place.replaceChildren(h("p", { class: "waiting", role: "status" }, `Reading ${file.name} …`));
  try {
    const [table, { mostTexts }] = await Promise.all([readRows(file, heading), offers()]);
    if (own !== opened) return;
    const chosen = column !== null && column < table.columns.length ? column : table.text;
    run = new Run(file.name, { ...table, text: chosen }, served()?.card?.labels ?? [],
      mostTexts, lookAt);
    place.replaceChildren(choices(file, table, chosen), run.element);
    run.start();
  } catch (error) {
    if (own === opened) place.replaceChildren(problem(error, null, `${file.name} cannot be read`));
  }
}

// What was taken for the heading and the column of texts, to be put right.
function choices(file, table, chosen) {
  const columns = h("select", { id: "column", onchange: () => open(file, table.heading, columns.selectedIndex) },
    table.columns.map((name, place) => h("option", { selected: place === chosen }, name)));
  const heading = h("input", { type: "checkbox", checked: table.heading === true,
    onchange: () => open(file, heading.checked) });
  return h("div", { class: "choices" },
    h("p", {}, h("b", {}, file.name), h("span", { class: "faint" }, ` ${count(table.rows.length)} rows`)),
    table.columns.length > 1 && h("span", { class: "filter" }, h("label", { for: "column" }, "Texts are in"), columns),
    table.heading !== null && h("label", { class: "check" }, heading, " The first line has the names"));
}

function lookAt(text) {
  location.hash = "#text";
  read(text);
}

function sample() {
  const texts = examplesFor(served()?.card ?? null, server().example).map(([, text]) => text);
  const lines = texts.map((text, place) => JSON.stringify({ id: place + 1, text }));
  return new File([lines.join("\n")], "sample.jsonl");
}
