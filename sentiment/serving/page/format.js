// Numbers, labels and errors in words.

// The space does not break.
export const percent = (share, digits = 1) => `${(100 * share).toFixed(digits)}\u00a0%`;

// A confidence is never shown as certain, because no answer is.
export const confidence = (share) => (share > 0.9995 ? "> 99.9\u00a0%" : percent(share));

export const count = (number) => number.toLocaleString("en");

export const counted = (number, one, many = `${one}s`) =>
  `${count(number)} ${number === 1 ? one : many}`;

export const titled = (text) => text.charAt(0).toUpperCase() + text.slice(1);

export function duration(seconds) {
  if (seconds < 1) return "less than a second";
  if (seconds < 100) return counted(Math.round(seconds), "second");
  return counted(Math.round(seconds / 60), "minute");
}

// The colour of a label. It is never the only sign: the name stands beside it.
export function tone(label, labels) {
  const known = { negative: "bad", positive: "good", neutral: "calm" }[label.toLowerCase()];
  return known ?? `tone-${Math.max(labels.indexOf(label), 0) % 6}`;
}

// Wilson's interval of 95 % for a share that was seen in `n` texts.
export function interval(share, n) {
  const z = 1.959964;
  const middle = (share + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const inside = (share * (1 - share)) / n + (z * z) / (4 * n * n);
  const half = (z * Math.sqrt(inside)) / (1 + (z * z) / n);
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}

const TITLES = {
  unreachable: "The server cannot be reached",
  no_answer: "Something on the way to the server answered in its place",
  invalid_json: "The server did not understand the request",
  request_too_slow: "The text took too long to arrive",
  body_too_large: "This is more than the server takes at once",
  text_too_long: "This text is too long",
  headers_too_large: "The server did not understand the request",
  bad_request: "The server did not understand the request",
  unsupported_encoding: "The server did not understand the request",
  unsupported_media_type: "The server did not understand the request",
  bad_row: "This row is not like the others",
  invalid_value: "The model cannot read this text",
  overloaded: "The server is busy",
  limit_exceeded: "That is as much as may be asked in a minute",
  limits_unavailable: "The server cannot count requests now",
  host_refused: "The server is not asked by this name",
  too_many_connections: "The server is busy",
  not_ready: "The server is not ready",
  deadline_exceeded: "The answer took too long",
  engine_failed: "The model failed on this text",
  feedback_not_written: "The server could not keep this",
  internal_error: "The server met a fault of its own",
  not_found: "This server does not offer that",
};

const BY_STATUS = {
  401: "The server asks for a key",
  403: "This key does not allow that",
  429: "The server is busy",
  503: "The server is not ready",
};

// What went wrong, in a few words; the server's own message says more.
export function title(error) {
  const status = error.status >= 500 ? "The server failed" : "The server refused this";
  return TITLES[error.code] ?? BY_STATUS[error.status] ?? status;
}
