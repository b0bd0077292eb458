// The question for a key. What is typed is handed over and not kept here.

import { byId } from "./dom.js";

const SENDABLE = /^[\x21-\x7e]+$/; // characters that a header may hold

// Resolves to a key, or to null where none is given. `again`: the last one was refused.
export function askForKey(again) {
  const dialog = byId("key");
  const field = byId("key-value");
  byId("key-title").textContent = again ? "That key was refused" : "This server asks for a key";
  field.value = "";
  byId("key-said").textContent = "";
  dialog.showModal();
  field.focus();
  return new Promise((resolve) => {
    const finish = (value) => {
      field.value = "";
      ended.abort();
      if (dialog.open) dialog.close();
      resolve(value);
    };
    const ended = new AbortController();
    const { signal } = ended;
    byId("key-form").addEventListener("submit", (event) => {
      event.preventDefault();
      const given = field.value.trim();
      if (SENDABLE.test(given)) return finish(given);
      byId("key-said").textContent = given ? "No key has such characters. Was something else copied?" : "Nothing is there yet.";
      field.focus();
    }, { signal });
    byId("key-cancel").addEventListener("click", () => finish(null), { signal });
    dialog.addEventListener("close", () => finish(null), { signal });
  });
}
