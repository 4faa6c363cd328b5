// A table whose middle is drawn: intervals on one line each, right of which is better.

const VERDICTS = { better: "better", worse: "worse", undecided: "cannot be told", open: "open" };

// Rows are { name, line, number, verdict, said, mine }; `said` is the verdict in a sentence.
function drawnTable(caption, [first, third], rows) {
  const heads = [[first], ["worse | better", "forest"], [third, "number"], ["verdict", "verdict"]];
  const body = rows.map(({ name, line, number, verdict, said, mine }) =>
    el(
      "tr",
      { class: `${verdict}${mine ? " mine" : ""}`, title: said },
      el("th", { scope: "row" }, name),
      el("td", { class: "forest" }, line),
      el("td", { class: "number" }, number),
      el("td", { class: "verdict" }, el("span", { "aria-hidden": "true" }, VERDICTS[verdict]), el("span", { class: "unseen" }, said)),
    ),
  );
  const head = el("tr", {}, heads.map(([text, style]) => el("th", { scope: "col", class: style }, text)));
  const table = el("table", { class: "simple forests" }, el("caption", {}, caption), el("thead", {}, head), el("tbody", {}, body));
  return el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": caption }, table);
}

const drawnNumber = ({ mean, low, high }, digits) => [signed(mean, digits), el("small", {}, `${signed(low, digits)} to ${signed(high, digits)}`)];

// Stretched to its column: strokes and dots keep their size.
function drawnLine({ mean, low, high }, span, metric) {
  const [from, to] = metric.higher ? span : [span[1], span[0]];
  const at = (x) => Math.min(99, Math.max(1, 2 + (96 * (x - from)) / (to - from || 1)));
  const inside = mean >= span[0] && mean <= span[1];
  const spot = `M${at(mean).toFixed(1)} 10h0`;
  return svg(
    "svg",
    { viewBox: "0 0 100 20", class: "difference", "aria-hidden": "true", preserveAspectRatio: "none" },
    svg("path", { class: "zero", d: `M${at(0).toFixed(1)} 0V20` }),
    svg("path", { class: "reach", d: `M${at(low).toFixed(1)} 10H${at(high).toFixed(1)}` }),
    inside ? [svg("path", { class: "dot", d: spot }), svg("path", { class: "core", d: spot })]
      : svg("path", { class: "beyond", d: at(mean) < 50 ? "M2 5 0.5 10 2 15" : "M98 5 99.5 10 98 15" }),
  );
}
