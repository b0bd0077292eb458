// The charts of a model: how far its confidence holds, and what its n-grams take over.

import { chart, dot, legend, line, note, whisker } from "./charts.js";
import { count, interval, percent } from "./format.js";

const whole = (share) => `${Math.round(100 * share)} %`;

// Confidence against accuracy on the validation split; null for a card without it.
export function reliability({ reliability: bins = [] }) {
  if (!bins.length) return null;
  const most = Math.max(...bins.map((each) => each.texts));
  const rows = bins.map((each) => ({ ...each, between: interval(each.accuracy, each.texts) }));
  const tenth = (values) => Math.floor(10 * Math.min(...values)) / 10;
  const left = tenth(bins.map((each) => each.confidence));
  const bottom = Math.min(left, tenth(rows.map((each) => each.between[0])));
  const draw = (x, y) => [
    line([[x(left), y(left)], [x(1), y(1)]], "ideal"),
    legend("as it should be"),
    rows.map((each) => whisker(x(each.confidence), y(each.between[0]), y(each.between[1]))),
    line(rows.map((each) => [x(each.confidence), y(each.accuracy)]), "series"),
    rows.map((each) => dot(x(each.confidence), y(each.accuracy), 3.5 + 5 * Math.sqrt(each.texts / most), "series",
      `confidence ${percent(each.confidence)}: ${percent(each.accuracy)} right of ${count(each.texts)} texts`)),
  ];
  const figures = [["Confidence", "Right", "95 % interval", "Texts"], ...rows.map((each) =>
    [percent(each.confidence), percent(each.accuracy), each.between.map((share) => percent(share)).join(" to "), count(each.texts)])];
  return chart("Reliability", "How often answers of one confidence are right, on validation texts. Larger dots stand for more texts.",
    { x: { name: "confidence", low: left, high: 1, step: 0.1, show: whole },
      y: { name: "share that is right", low: bottom, high: 1, step: 0.1, show: whole } }, draw, figures);
}

// The share of texts that n-grams answer against the accuracy of all answers.
export function cascade(card) {
  if (!card?.curve?.length) return null;
  const points = [...card.curve].sort((a, b) => a.share - b.share);
  const values = [...points.map((each) => each.accuracy), card.encoder_accuracy, card.ngrams_accuracy];
  const low = Math.floor(50 * Math.min(...values) - 0.5) / 50;
  const high = Math.min(1, Math.ceil(50 * Math.max(...values) + 0.5) / 50);
  const step = high - low > 0.1 ? 0.04 : 0.02;
  const draw = (x, y) => [
    line([[x(0), y(card.encoder_accuracy)], [x(1), y(card.encoder_accuracy)]], "ideal"),
    note(x(0) + 4, y(card.encoder_accuracy) - 6, "encoder alone"),
    line(points.map((each) => [x(each.share), y(each.accuracy)]), "series"),
    points.map((each) => dot(x(each.share), y(each.accuracy), 4, "series", described(each))),
    card.rule && [dot(x(card.chosen.share), y(card.chosen.accuracy), 8, "chosen", described(card.chosen)),
      note(x(card.chosen.share), y(card.chosen.accuracy) - 14, "in use", "middle")],
  ].filter(Boolean).flat(2);
  const figures = [["Least confidence", "Answered by n-grams", "Accuracy of all", "Log loss", "Calibration error"],
    ...points.map((each) => [whole(each.confidence), whole(each.share), percent(each.accuracy),
      each.log_loss.toFixed(3), each.expected_calibration_error.toFixed(3)])];
  return chart("Cascade", "Accuracy of all answers when n-grams take over a share of the encoder's texts.",
    { x: { name: "texts that n-grams answer", low: 0, high: 1, step: 0.2, show: whole },
      y: { name: "accuracy", low, high, step, show: whole } }, draw, figures);
}

const described = (point) =>
  `least confidence ${whole(point.confidence)}: n-grams answer ${whole(point.share)}, ${percent(point.accuracy)} right in all`;
