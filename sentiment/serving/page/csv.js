// CSV in and out.

// Rows of cells, of a text in which `separator` stands between cells.
// Throws an `Error` in words for a quote that is never closed.
export function parseCsv(text, separator) {
  const rows = [];
  let row = [];
  let at = 0;
  while (at <= text.length) {
    const [cell, end] = text[at] === '"' ? quoted(text, at, separator, rows.length) : plain(text, at, separator);
    row.push(cell);
    at = end + 1;
    if (text[end] === separator) continue;
    if (text[end] === "\r" && text[end + 1] === "\n") at += 1;
    if (row.length > 1 || row[0].trim() !== "") rows.push(row);
    row = [];
  }
  return rows;
}

const ends = (character, separator) =>
  character === undefined || character === separator || character === "\n" || character === "\r";

function plain(text, start, separator) {
  let end = start;
  while (!ends(text[end], separator)) end += 1;
  return [text.slice(start, end), end];
}

function quoted(text, start, separator, rowNumber) {
  let cell = "";
  for (let at = start + 1; ;) {
    const quote = text.indexOf('"', at);
    if (quote < 0) throw new Error(`A quote in row ${rowNumber + 1} is never closed.`);
    cell += text.slice(at, quote);
    if (text[quote + 1] !== '"') {
      let end = quote + 1; // whatever follows the quote before the cell ends belongs to it
      while (!ends(text[end], separator)) end += 1;
      return [cell + text.slice(quote + 1, end), end];
    }
    cell += '"';
    at = quote + 2;
  }
}

// The separator that stands most often in the first line, outside quotes.
export function separatorOf(text) {
  const head = text.slice(0, text.search(/[\r\n]|$/)).replace(/"[^"]*"/g, "");
  const times = (mark) => head.split(mark).length;
  return [",", ";", "\t"].reduce((best, mark) => (times(mark) > times(best) ? mark : best));
}

// A line for each row. What a spreadsheet would run as a formula gets an apostrophe in front.
export function writeCsv(rows) {
  return rows.map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
}

const FORMULA = /^[\s]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]|^[\t\r\n]/;
const NUMBER = /^-?\d+(\.\d+)?$/;

function cell(value) {
  let text = value === null || value === undefined ? "" : String(value);
  if (FORMULA.test(text) && !NUMBER.test(text)) text = `'${text}`;
  return /[",\r\n;\t]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
