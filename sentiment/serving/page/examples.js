// Texts to try. Those about films fit models of the labels negative and positive only.

const FILMS = [
  ["Plain praise", "A wonderful film: funny, moving, and beautifully played from beginning to end."],
  ["Plain anger", "A waste of two hours. The plot is dull, the dialogue clumsy, and the ending an insult."],
  ["Negation", "I did not expect much, and it is not as bad as they say, but I would not call it good."],
  ["Mixed", "The actors are brilliant and the music is superb. Sadly the script is a mess, " +
    "and by the end I wanted to leave."],
  ["A turn at the end", "The first hour drags, the jokes fall flat and nobody seems to care. " +
    "Then the last half hour comes, and it is the most gripping cinema I have seen this year."],
];

const LONG = "I went in with no idea what to expect. The story is about a family that moves to the " +
  "coast, and the first act takes its time with each of them. ";

// The examples for a model: name and text of each. `own` is that of the server's document, for
// models of anything else.
export function examplesFor(card, own) {
  const films = card !== null && [...card.labels].sort().join() === "negative,positive";
  const texts = films ? [...FILMS] : [];
  if (own && !films) texts.unshift(["The server's own", own]);
  if (films) {
    texts.push(["A long one", `${LONG.repeat(12)}In the end it is wonderful, and I would see it again.`]);
  }
  return texts;
}
