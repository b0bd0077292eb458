// A file as rows of cells under named columns: CSV, JSON Lines, or a text on each line.

import { parseCsv, separatorOf } from "./csv.js";
import { count } from "./format.js";

const MOST_BYTES = 64 * 2 ** 20;
const MOST_ROWS = 200_000; // more than a page can hold well
const NAMES = ["text", "review", "body", "content", "comment", "message", "sentence", "document"];
const LOOKED_AT = 200; // rows, to tell which column holds the texts

// Returns {columns, rows, text, heading}: `text` is the place of the column of texts, `heading`
// says whether the first line was taken as names (null where there is no such question).
// Throws an `Error` in words.
export async function readRows(file, heading = null) {
  if (file.size > MOST_BYTES) {
    throw new Error(`The file has ${count(Math.ceil(file.size / 2 ** 20))} MB; this page takes 64. ` +
      "predict.py scores files of any size.");
  }
  const content = decoded(await file.arrayBuffer());
  const table = parsed(file.name, content, heading);
  if (!table.rows.length) throw new Error("There is no row in this file.");
  if (table.rows.length > MOST_ROWS) {
    throw new Error(`The file has ${count(table.rows.length)} rows; this page takes ` +
      `${count(MOST_ROWS)}. predict.py scores files of any size.`);
  }
  return { ...table, text: columnOfTexts(table) };
}

function decoded(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new Error("The file is not UTF-8 text. Save it as CSV (UTF-8), JSON Lines or text.");
  }
}

function parsed(name, content, heading) {
  const ending = name.slice(name.lastIndexOf(".") + 1).toLowerCase();
  if (["jsonl", "ndjson", "json"].includes(ending)) return jsonLines(content);
  if (ending === "csv" || ending === "tsv") return csv(content, ending, heading);
  const lines = content.split(/\r\n|\n|\r/).filter((line) => line.trim() !== "");
  return { columns: ["text"], rows: lines.map((line) => [line]), heading: null };
}

function csv(content, ending, asked) {
  const all = parseCsv(content, ending === "tsv" ? "\t" : separatorOf(content));
  if (!all.length) return { columns: ["text"], rows: [], heading: null };
  const heading = asked ?? looksLikeHeading(all[0]);
  const width = Math.max(...all.slice(0, LOOKED_AT).map((row) => row.length));
  const names = heading ? all[0] : [];
  const columns = Array.from({ length: width }, (_, place) =>
    names[place]?.trim() || (width === 1 ? "text" : `column ${place + 1}`));
  return { columns, rows: heading ? all.slice(1) : all, heading };
}

// Several columns mostly have names. One alone has, if its first cell is a name of those known.
function looksLikeHeading(row) {
  return row.some((cell) => NAMES.includes(cell.trim().toLowerCase()))
    || (row.length > 1 && row.every((cell) => cell.length < 40));
}

function jsonLines(content) {
  const trimmed = content.trim();
  const records = trimmed.startsWith("[") && isJson(trimmed) ? JSON.parse(trimmed)
    : trimmed.split(/\r\n|\n|\r/).map((line, place) => ({ line, place }))
      .filter(({ line }) => line.trim() !== "").map(({ line, place }) => record(line, place));
  const names = new Map();
  for (const each of records) {
    for (const name of Object.keys(fields(each))) names.set(name, true);
  }
  const columns = names.size ? [...names.keys()] : ["text"];
  const rows = records.map((each) => columns.map((name) => asText(fields(each)[name])));
  return { columns, rows, heading: null };
}

function isJson(text) {
  try {
    return Array.isArray(JSON.parse(text));
  } catch {
    return false;
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
