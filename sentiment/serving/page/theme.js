// Light, dark, or as the system has it. The choice is kept in the browser, where that is allowed.

import { byId } from "./dom.js";

const NAME = "sentiment-theme";
const THEMES = ["system", "light", "dark"];

export function startTheme() {
  let chosen = kept();
  const apply = () => {
    document.documentElement.dataset.theme = chosen;
    byId("theme").textContent = `Theme: ${chosen}`;
  };
  byId("theme").addEventListener("click", () => {
    chosen = THEMES[(THEMES.indexOf(chosen) + 1) % THEMES.length];
    keep(chosen);
    apply();
  });
  apply();
}

function kept() {
  try {
    const value = localStorage.getItem(NAME);
    return THEMES.includes(value) ? value : "system";
  } catch {
    return "system"; // a browser that allows no storage
  }
}

function keep(value) {
  try {
    localStorage.setItem(NAME, value);
  } catch {
    // As above: the choice lasts as long as the page.
  }
}
