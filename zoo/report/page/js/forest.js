// Every row's difference to a chosen one, with what may be said of it: a table whose middle is drawn.

function forest(arena, view) {
  const rows = arena.differences.rows.map((place) => arena.rows[place]);
  const content = el("div");
  const redraw = () => content.replaceChildren(...drawForest(arena, rows, view));
  const metrics = arena.metrics.filter(({ name }) => arena.differences.metrics[name]);
  const tools = el(
    "div",
    { class: "tools" },
    choice("Difference to", rows.map((row, i) => [String(i), `${row.rank}. ${row.title}`]), view.rival, (key) => { view.rival = key; redraw(); }),
    choice("on", metrics.map(({ name }) => [name, name]), view.on, (name) => { view.on = name; redraw(); }),
  );
  redraw();
  return el("div", {}, tools, content);
}

// a - b from the upper triangle, row by row, that the data block holds.
function differenceOf(arena, metric, a, b) {
  const count = arena.differences.rows.length;
  const [first, second] = a < b ? [a, b] : [b, a];
  const told = arena.differences.metrics[metric.name][(first * (2 * count - first - 1)) / 2 + second - first - 1];
  if (!told) return null;
  const [mean, low, high, adjusted, paired] = told;
  return a < b ? { mean, low, high, adjusted, paired } : { mean: -mean, low: -high, high: -low, adjusted, paired };
}

const CERTAIN = 0.05;

function betterOf(metric, difference) {
  return difference.adjusted >= CERTAIN ? null : difference.mean > 0 === metric.higher ? "a" : "b";
}

function drawForest(arena, rows, view) {
  const metric = arena.metrics.find(({ name }) => name === view.on);
  const rival = Number(view.rival);
  const lines = rows
    .map((row, place) => ({ row, difference: place === rival ? null : differenceOf(arena, metric, place, rival) }))
    .filter(({ difference }) => difference)
    .sort((a, b) => (metric.higher ? b.difference.mean - a.difference.mean : a.difference.mean - b.difference.mean));
  if (!lines.length) return [el("p", { class: "note" }, `${rows[rival].title} and no other row can be compared on ${metric.name}.`)];
  const [from, to] = spanOf(lines.map(({ difference: { mean, low, high } }) => [mean, low, high]));
  const span = [Math.min(0, from), Math.max(0, to)];
  const digits = decimals(lines.map(({ difference: { mean, low, high } }) => [mean, low, high]));
  const body = lines.map(({ row, difference }) => {
    const better = betterOf(metric, difference);
    return {
      name: detailLink(row), mine: row.mine, verdict: better === "a" ? "better" : better === "b" ? "worse" : "undecided",
      line: drawnLine(difference, span, metric), number: drawnNumber(difference, digits), said: sentenceOf(metric, difference, row, rows[rival]),
    };
  });
  const caption = `${metric.name}: difference to ${rows[rival].title}`;
  const unpaired = lines.some(({ difference }) => !difference.paired) ? " Of rows without scores of pairs the two intervals are compared, which is less sharp." : "";
  const left = arena.differences.left ? ` The best ${rows.length} ranked rows; ${arena.differences.left} more are left out.` : "";
  return [
    el("p", { class: "note" }, `Right of the line is better. Filled: certain at 95 % after Holm's correction over every two ranked rows.${unpaired}${left}`),
    drawnTable(caption, ["recipe", "difference"], body),
  ];
}

// The words of `zoo compare`.
function sentenceOf(metric, { mean, low, high, adjusted, paired }, a, b) {
  const unit = metric.unit ? ` ${metric.unit}` : "";
  const told = (x) => dashed(String(Number(x.toPrecision(3))));
  const sign = (x) => (x > 0 ? "+" : "") + told(x);
  const [one, other] = [a.runs.length, b.runs.length];
  const runs = Math.min(one, other) >= 3 ? "seeds" : "trainings";
  const seeds = one === 1 && other === 1 ? "one training each" : one === other ? `${one} ${runs}` : `${one} and ${other} ${runs}`;
  const basis = paired ? seeds : `${seeds}, from the two intervals`;
  const better = betterOf(metric, { mean, adjusted });
  const family = low > 0 || high < 0 ? " among so many comparisons" : "";
  if (!better) return `${a.title} and ${b.title} cannot be told apart on ${metric.words}${family}: ${sign(mean)}${unit}, 95 % ${sign(low)} to ${sign(high)}, ${basis}`;
  const [winner, loser] = better === "a" ? [a, b] : [b, a];
  const [from, to] = mean > 0 ? [low, high] : [-high, -low];
  return `${winner.title} beats ${loser.title} on ${metric.words} by ${told(Math.abs(mean))}${unit}, 95 % ${told(from)} to ${told(to)}, ${basis}`;
}
