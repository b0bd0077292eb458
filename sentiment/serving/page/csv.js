// CSV in and out.

// Rows of cells, of a text in which `separator` stands between cells.
// Throws an `Error` in words for a quote that is never closed, unless the text is only `begun`.
export function parseCsv(text, separator, begun = false) {
  const rows = [];
  let row = [];
  let at = 0;
  while (at <= text.length) {
    const [cell, end] = text[at] === '"' ? quoted(text, at, separator, begun ? null : rows.length)
      : plain(text, at, separator);
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

// `rowNumber` is null where a quote may stay open.
function quoted(text, start, separator, rowNumber) {
  let cell = "";
  for (let at = start + 1; ;) {
    const quote = text.indexOf('"', at);
    if (quote < 0 && rowNumber === null) return [cell + text.slice(at), text.length];
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

const SAMPLE = 1 << 16; // characters that tell the separator
const ONE_CELL = 0.75; // that lines have one cell each is less likely than that they have more

// The likeliest of some separators: one by which the first row has a name that `isName` knows,
// and of those the one by which most rows are as long as the first.
export function separatorOf(text, separators, isName) {
  const head = text.slice(0, SAMPLE);
  const scores = separators.map((separator) => {
    const rows = parseCsv(head, separator, true);
    if (rows.length > 1 && head.length < text.length) rows.pop(); // it may be cut off
    const [first = [""], ...rest] = rows;
    const alike = rest.filter((row) => row.length === first.length).length;
    const share = rest.length ? alike / rest.length : 1;
    return (first.some(isName) ? 1 : 0) + share * (first.length > 1 ? 1 : ONE_CELL) / 2;
  });
  return separators[scores.indexOf(Math.max(...scores))];
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
