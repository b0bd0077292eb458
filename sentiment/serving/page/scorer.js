// Many texts, sent in pieces: what the server can do decides how large they are.

import { ApiError, patiently, pause } from "./api.js";

const AT_ONCE = 2; // pieces on their way, so that the server never waits for the page
const FIRST = 16;
const LARGEST = 256;
const MOST_CHARACTERS = 200_000; // in a piece: about a tenth of what a server takes by default
const QUICK_S = 0.4; // an answer that comes sooner makes the next piece larger,
const SLOW_S = 2; // one that comes later makes it smaller
const TRIES = 3;

// Errors of a piece that a smaller one may not have.
const TOO_MUCH = new Set([413, 422, 504]);

export class Scorer {
  // `texts`: all of them, of which those with one of the `results` are done; `mostTexts`: what a list
  // may hold. `on.result(place, result)` gets each result, `on.waiting(seconds, error)` is told of a wait, `on.going()` of its end.
  constructor(texts, results, mostTexts, on) {
    this.texts = texts;
    this.mostTexts = mostTexts;
    this.on = on;
    this.size = Math.min(FIRST, mostTexts);
    this.open = [...texts.keys()].filter((place) => !results[place]); // in order
    this.open.reverse(); // taken from the end
  }

  // Resolves once every text has a result. Rejects when aborted or when the server fails for
  // good; what has no result then is tried by the next call.
  async run(signal) {
    const stopped = new AbortController();
    const either = AbortSignal.any([signal, stopped.signal]);
    const work = async () => {
      while (this.open.length) await this.#piece(this.#next(), either);
    };
    const all = Array.from({ length: AT_ONCE }, work);
    try {
      await Promise.all(all);
    } catch (error) {
      stopped.abort();
      await Promise.allSettled(all); // their pieces are back among the open ones
      throw error;
    }
  }

  #next() {
    const places = [];
    for (let characters = 0; this.open.length && places.length < this.size;) {
      characters += this.texts[this.open.at(-1)].length;
      if (places.length && characters > MOST_CHARACTERS) break;
      places.push(this.open.pop());
    }
    return places;
  }

  async #piece(places, signal) {
    const since = performance.now();
    try {
      const results = await this.#send(places, signal);
      this.on.going();
      places.forEach((place, index) => this.on.result(place, results[index]));
      this.#adapt((performance.now() - since) / 1000, places.length);
    } catch (error) {
      if (!(error instanceof ApiError) || !TOO_MUCH.has(error.status)) {
        this.open.push(...places.reverse());
        throw error;
      }
      await this.#smaller(places, error, signal);
    }
  }

  async #smaller(places, error, signal) {
    if (places.length === 1) {
      this.on.result(places[0], { error: { code: error.code, message: error.message } });
      return;
    }
    const half = Math.ceil(places.length / 2);
    this.size = half;
    let left = places.slice(half);
    try {
      await this.#piece(places.slice(0, half), signal);
      const rest = left;
      left = [];
      await this.#piece(rest, signal);
    } finally {
      this.open.push(...left.reverse());
    }
  }

  // Failures that may pass by themselves are tried again; those with a time are waited for.
  async #send(places, signal) {
    const texts = places.map((place) => this.texts[place]);
    for (let tried = 1; ; tried += 1) {
      try {
        const { results } = await patiently("predict/batch", { texts }, signal,
          { waiting: this.on.waiting });
        if (results?.length === texts.length) return results;
        throw new ApiError("no_answer", "The answer has another number of results than texts.");
      } catch (error) {
        const passes = error instanceof ApiError && (error.status >= 500 || error.status === 0);
        if (!passes || TOO_MUCH.has(error.status) || tried === TRIES) throw error;
        await pause(tried, signal);
      }
    }
  }

  #adapt(seconds, texts) {
    if (seconds > SLOW_S) this.size = Math.max(1, Math.floor(texts / 2));
    else if (seconds < QUICK_S && texts >= this.size) {
      this.size = Math.min(2 * this.size, this.mostTexts, LARGEST);
    }
  }
}
