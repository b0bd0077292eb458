// Requests to the server's public API. Addresses are relative to the page, which keeps a prefix.

let key = ""; // in memory only: it goes with the page
let ask = null;
let asking = null;

export class ApiError extends Error {
  constructor(code, message, status = 0, retryAfter = null) {
    super(message);
    this.code = code;
    this.status = status;
    this.retryAfter = retryAfter; // seconds
  }
}

// `question(again)` asks for a key, and returns null if none is given.
let told = () => {};

// `given()` is told of each key that was given.
export function askForKeysWith(question, given) {
  ask = question;
  told = given;
}

export const hasKey = () => key !== "";

export async function request(path, body, signal) {
  for (;;) {
    const used = key;
    const response = await send(path, body, signal);
    if (response.status !== 401 || !ask) return content(response);
    if (key === used) await newKey(response, used !== "");
  }
}

// Many requests may be refused at once, but one question is enough.
async function newKey(response, again) {
  const error = await failure(response);
  asking ??= ask(again).finally(() => { asking = null; });
  const given = await asking;
  if (given === null) throw error;
  key = given;
  told();
}

async function send(path, body, signal) {
  const headers = key ? { Authorization: `Bearer ${key}` } : {};
  const options = { headers, signal };
  if (body !== undefined) {
    options.method = "POST";
    options.body = JSON.stringify(body);
    headers["Content-Type"] = "application/json";
  }
  try {
    return await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError("unreachable", "Check the connection, and whether the server runs.");
  }
}

async function content(response) {
  if (!response.ok) throw await failure(response);
  try {
    return await response.json();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError("no_answer", "The answer is not JSON.", response.status);
  }
}

async function failure(response) {
  const body = await response.json().catch(() => null);
  const said = body?.error;
  const code = typeof said?.code === "string" ? said.code : "no_answer";
  const message = said?.message ?? `The answer has the status ${response.status} and says no more.`;
  return new ApiError(code, message, response.status, secondsToWait(response));
}

function secondsToWait(response) {
  const given = response.headers.get("Retry-After");
  if (given === null) return null;
  const seconds = /^\d+$/.test(given.trim()) ? Number(given) : (new Date(given) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(seconds, 0) : null;
}

const passes = (error) => error instanceof ApiError && [429, 503].includes(error.status);

// The same, but what passes by itself is waited for, as long as the server says.
export async function patiently(path, body, signal, { most = 300, waiting = () => {} } = {}) {
  for (let waited = 0; ; ) {
    try {
      return await request(path, body, signal);
    } catch (error) {
      const seconds = Math.max(error.retryAfter ?? 2, 0.5);
      if (!passes(error) || waited + seconds > most) throw error;
      waiting(seconds, error);
      await pause(seconds, signal);
      waited += seconds;
    }
  }
}

export function pause(seconds, signal) {
  return new Promise((resolve, reject) => {
    const left = () => { clearTimeout(timer); reject(signal.reason); };
    const timer = setTimeout(() => { signal?.removeEventListener("abort", left); resolve(); },
      seconds * 1000);
    if (signal?.aborted) left();
    signal?.addEventListener("abort", left, { once: true });
  });
}

// What this server takes and offers, as its own document says.
export async function offered(waiting) {
  const document = await patiently("openapi.json", undefined, undefined, { most: Infinity, waiting });
  const one = bodyOf(document, "/predict");
  const many = bodyOf(document, "/predict/batch");
  return {
    mostCharacters: one.properties.text?.maxLength ?? Infinity,
    mostTexts: many.properties.texts?.maxItems ?? 1024,
    explain: "explain" in one.properties,
    sentences: "sentences" in one.properties,
    warnings: "warnings" in one.properties,
    example: one.example?.text ?? "",
  };
}

function bodyOf(document, path) {
  const media = document.paths?.[path]?.post?.requestBody?.content?.["application/json"] ?? {};
  const name = media.schema?.$ref?.split("/").pop();
  const schema = (name ? document.components?.schemas?.[name] : media.schema) ?? {};
  return { properties: schema.properties ?? {}, example: media.example };
}
