// A file as rows of cells under named columns: CSV, JSON Lines, or a text on each line.

import { parseCsv, separatorOf } from "./csv.js";
import { count } from "./format.js";

const MOST_BYTES = 64 * 2 ** 20;
const MOST_ROWS = 200_000; // more than a page can hold well
const MOST_COLUMNS = 500; // more than a list to choose from can hold well
const MOST_CELLS = 5_000_000;
const NAMES = ["text", "review", "body", "content", "comment", "message", "sentence", "document"];
const LOOKED_AT = 200; // rows, to tell which column holds the texts
const SEPARATORS = { csv: [",", ";", "\t", "|"], tsv: ["\t", ",", ";", "|"] };
const ANY_SIZE = "predict.py scores files of any size.";

// Returns {columns, rows, text, heading}: `text` is the place of the column of texts, `heading`
// says whether the first line was taken as names (null where there is no such question).
// Throws an `Error` in words.
export async function readRows(file, heading = null) {
  if (file.size > MOST_BYTES) {
    throw new Error(`The file has ${count(Math.ceil(file.size / 2 ** 20))} MB; this page takes 64. ${ANY_SIZE}`);
  }
  const bytes = await file.arrayBuffer().catch(() => {
    throw new Error("It cannot be opened. A folder, or a file that has changed since, cannot be read here.");
  });
  const table = parsed(file.name, decoded(new Uint8Array(bytes)), heading);
  if (!table.rows.length) throw new Error("There is no row in this file.");
  if (table.rows.length > MOST_ROWS) {
    throw new Error(`The file has ${count(table.rows.length)} rows; this page takes ${count(MOST_ROWS)}. ${ANY_SIZE}`);
  }
  return { ...table, text: columnOfTexts(table) };
}

// Whether a row has more cells than there are columns: its text would not be all of it.
export const isTooLong = (row, columns) => row.slice(columns.length).some((cell) => cell.trim() !== "");

function decoded(bytes) {
  const mark = bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le"
    : bytes[0] === 0xfe && bytes[1] === 0xff ? "utf-16be" : "utf-8"; // as spreadsheets save "Unicode"
  try {
    const text = new TextDecoder(mark, { fatal: true }).decode(bytes);
    if (!text.includes("\0")) return text;
  } catch {
    // As where there are zeros: it is something else.
  }
  throw new Error("The file is not UTF-8 text. Save it as CSV (UTF-8), JSON Lines or text.");
}

function parsed(name, content, heading) {
  const ending = name.slice(name.lastIndexOf(".") + 1).toLowerCase();
  if (["jsonl", "ndjson", "json"].includes(ending)) return jsonLines(content);
  if (ending === "csv" || ending === "tsv") return csv(content, ending, heading);
  const lines = content.split(/\r\n|\n|\r/).filter((line) => line.trim() !== "");
  return { columns: ["text"], rows: lines.map((line) => [line]), heading: null };
}

function csv(content, ending, asked) {
  const told = /^"?sep=([^\r\n])"?\r?\n/.exec(content); // as Excel writes and obeys it
  const text = told ? content.slice(told[0].length) : content;
  const all = parseCsv(text, told ? told[1] : separatorOf(text, SEPARATORS[ending], isName));
  if (!all.length) return { columns: ["text"], rows: [], heading: null };
  const heading = asked ?? looksLikeHeading(all[0]);
  const width = heading ? all[0].length : Math.max(...all.slice(0, LOOKED_AT).map((row) => row.length));
  checkSize(all.length, width);
  const names = heading ? all[0] : [];
  const columns = Array.from({ length: width }, (_, place) =>
    names[place]?.trim() || (width === 1 ? "text" : `column ${place + 1}`));
  return { columns, rows: heading ? all.slice(1) : all, heading };
}

function checkSize(rows, columns) {
  if (columns > MOST_COLUMNS) {
    throw new Error(`The file has ${count(columns)} columns; this page takes ${count(MOST_COLUMNS)}.`);
  }
  if (rows * columns > MOST_CELLS) {
    throw new Error(`The file has ${count(rows)} rows of ${count(columns)} columns; this page takes ` +
      `${count(MOST_CELLS)} cells. ${ANY_SIZE}`);
  }
}

const isName = (cell) => NAMES.includes(cell.trim().toLowerCase());

// Several columns mostly have names. One alone has, if its first cell is a name of those known.
function looksLikeHeading(row) {
  return row.some(isName) || (row.length > 1 && row.every((cell) => cell.length < 40));
}

function jsonLines(content) {
  const records = asJson(content) ?? content.split(/\r\n|\n|\r/).map((line, place) => ({ line, place }))
    .filter(({ line }) => line.trim() !== "").map(({ line, place }) => record(line, place));
  const names = new Set();
  for (const each of records) {
    for (const name of Object.keys(fields(each))) names.add(name);
  }
  checkSize(records.length, names.size);
  const columns = names.size ? [...names] : ["text"];
  const rows = records.map((each) => {
    const own = fields(each);
    return columns.map((name) => asText(Object.hasOwn(own, name) ? own[name] : null));
  });
  return { columns, rows, heading: null };
}

// The records of one array, or one object on several lines; null where each line is one.
function asJson(text) {
  if (!/^\s*[[{]/.test(text)) return null;
  try {
    return [JSON.parse(text)].flat();
  } catch {
    return null;
  }
}

function record(line, place) {
  try {
    return JSON.parse(line);
  } catch {
    throw new Error(`Line ${count(place + 1)} is not JSON.`);
  }
}

const fields = (value) =>
  (value !== null && typeof value === "object" && !Array.isArray(value) ? value : { text: value });

function asText(value) {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

// The column of a known name, else the one with the longest cells.
function columnOfTexts({ columns, rows }) {
  const names = columns.map((name) => name.trim().toLowerCase());
  const known = NAMES.map((name) => names.indexOf(name)).find((place) => place >= 0);
  if (known !== undefined) return known;
  const seen = rows.slice(0, LOOKED_AT);
  const lengths = columns.map((_, place) =>
    seen.reduce((sum, row) => sum + (row[place] ?? "").length, 0));
  return lengths.indexOf(Math.max(...lengths));
}
