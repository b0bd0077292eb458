// Charts as SVG, each with its figures as a table for those who do not see it.

import { h, svg } from "./dom.js";

const WIDTH = 460;
const HEIGHT = 300;
const LEFT = 60;
const RIGHT = 26;
const TOP = 12;
const BOTTOM = 44;

// Values onto pixels of an axis from `low` to `high`.
const scale = (low, high, from, to) => (value) => from + ((value - low) / (high - low)) * (to - from);

// `axes`: {x: {name, low, high, step, show}, y: {…}}. `draw(x, y)` returns the SVG elements inside.
export function chart(name, summary, axes, draw, figures) {
  const x = scale(axes.x.low, axes.x.high, LEFT, WIDTH - RIGHT);
  const y = scale(axes.y.low, axes.y.high, HEIGHT - BOTTOM, TOP);
  const picture = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "chart", role: "img", "aria-label": `${name}. ${summary}` },
    ticks(axes.y).map((value) => svg("g", { class: "tick" },
      svg("line", { x1: LEFT, x2: WIDTH - RIGHT, y1: y(value), y2: y(value) }),
      svg("text", { x: LEFT - 8, y: y(value) + 4, "text-anchor": "end" }, axes.y.show(value)))),
    ticks(axes.x).map((value) => svg("g", { class: "tick" },
      svg("text", { x: x(value), y: HEIGHT - BOTTOM + 18, "text-anchor": "middle" }, axes.x.show(value)))),
    svg("text", { class: "axis", x: (LEFT + WIDTH - RIGHT) / 2, y: HEIGHT - 6, "text-anchor": "middle" }, axes.x.name),
    svg("text", { class: "axis", x: 12, y: (TOP + HEIGHT - BOTTOM) / 2, "text-anchor": "middle",
      transform: `rotate(-90 12 ${(TOP + HEIGHT - BOTTOM) / 2})` }, axes.y.name),
    draw(x, y));
  return h("figure", { class: "chart-box" }, h("figcaption", {}, h("h2", {}, name), h("p", { class: "faint" }, summary)),
    picture, table(name, figures));
}

function ticks({ low, high, step }) {
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, place) => (first + place) * step);
}

function table(name, [heading, ...rows]) {
  return h("details", { class: "figures" }, h("summary", {}, "Figures"),
    h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": `Figures of ${name}` },
      h("table", {},
        h("thead", {}, h("tr", {}, heading.map((cell) => h("th", { scope: "col" }, cell)))),
        h("tbody", {}, rows.map((row) => h("tr", {}, row.map((cell) => h("td", {}, cell))))))));
}

export const line = (points, kind) =>
  svg("polyline", { class: `line ${kind}`, points: points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ") });

export const dot = (x, y, radius, kind, title) =>
  svg("circle", { class: `dot ${kind}`, cx: x.toFixed(1), cy: y.toFixed(1), r: radius.toFixed(1) }, svg("title", {}, title));

export const whisker = (x, low, high) => svg("line", { class: "whisker", x1: x, x2: x, y1: low, y2: high });

// What a dashed line stands for, at the lower end of the right side.
export const legend = (text) => svg("g", {},
  line([[WIDTH - RIGHT - 150, HEIGHT - BOTTOM - 14], [WIDTH - RIGHT - 122, HEIGHT - BOTTOM - 14]], "ideal"),
  note(WIDTH - RIGHT - 114, HEIGHT - BOTTOM - 10, text));

export const note = (x, y, text, anchor = "start") =>
  svg("text", { class: "chart-note", x, y, "text-anchor": anchor }, text);
