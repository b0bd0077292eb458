// The page: its three views, and what it knows of the server.

import { askForKeysWith } from "./api.js";
import { byId } from "./dom.js";
import { title } from "./format.js";
import { startFile } from "./file_view.js";
import { askForKey } from "./key_dialog.js";
import { showModel, showModelProblem } from "./model_view.js";
import { showExamples, startReader } from "./reader.js";
import { connect, served } from "./server.js";
import { startTheme } from "./theme.js";

const VIEWS = ["text", "file", "model"];

function showView(moved) {
  const wanted = location.hash.slice(1);
  const view = VIEWS.includes(wanted) ? wanted : VIEWS[0];
  for (const name of VIEWS) byId(`view-${name}`).hidden = name !== view;
  for (const link of document.querySelectorAll("[data-view]")) {
    if (link.dataset.view === view) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (moved) byId(`${view}-title`).focus();
}

function showState(text, kind) {
  const state = byId("state");
  state.className = `state ${kind}`;
  state.textContent = text;
}

let starting = false;

async function start() {
  starting = true;
  showState("connecting …", "");
  try {
    await connect((seconds, error) => showState(title(error).toLowerCase(), "state-wait"));
    showState(served().tag, "state-ready");
    showModel();
  } catch (error) {
    showState(title(error).toLowerCase(), "state-bad");
    showModelProblem(error, start);
  }
  starting = false;
  showExamples();
}

askForKeysWith(askForKey, () => { if (!served() && !starting) start(); });
startTheme();
startReader();
startFile();
addEventListener("hashchange", () => showView(true));
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault(); // the hash names the view
  byId("main").focus();
});
showView(false);
start();
