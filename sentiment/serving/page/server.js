// What is known of the server by now: what it offers, and the model that answers.

import { offered, patiently } from "./api.js";

let offer = { mostCharacters: Infinity, mostTexts: 1024, explain: false, sentences: false, warnings: false,
  example: "" };
let model = null;
let first = Promise.resolve();

export const server = () => offer;

// The same, not before the server has said what it offers, or cannot be asked.
export async function offers() {
  await first.catch(() => {});
  return offer;
}

// The answer of `GET /model`, or null before it has come.
export const served = () => model;

// Ask for both; a server that is only starting is waited for.
export async function connect(waiting) {
  first = offered(waiting).then((said) => { offer = said; });
  await first;
  model = await patiently("model", undefined, undefined, { most: Infinity, waiting });
  offer = await offered(waiting); // its example is now about this model
}
