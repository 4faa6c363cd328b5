// What a table can show of a row. `value` sorts, `cell` is seen, `higher` says which end is best.

function columnsOf(arena) {
  return [...arena.metrics.map(metricColumn), ...costColumns()];
}

function metricColumn(metric) {
  return {
    key: metric.name, label: metric.name, unit: metric.unit, higher: metric.higher, about: metric.about, metric,
    arrow: metric.higher ? "↑" : "↓",
    value: (row) => scoreOf(row, metric),
    cell: (row) => scoreCell(row, metric),
    said: (row) => (row.scores[metric.place] ? intervalText(row.scores[metric.place], metric.digits) : "not scored"),
  };
}

function scoreCell(row, metric) {
  const score = row.scores[metric.place];
  if (!score) return ["–"];
  const number = fixed(score[0], metric.digits);
  const spoken = `, 95 % interval ${fixed(score[1], metric.digits)} to ${fixed(score[2], metric.digits)}`;
  return [
    metric.leaders.has(row) ? el("b", {}, number) : number,
    el("span", { class: "unseen" }, spoken),
    whisker(score, metric.span),
  ];
}

// The interval as a bar and the mean as a dot, on a line as long as the ranked rows' intervals reach.
function whisker(score, span) {
  if (!span) return null;
  const at = (x) => 3 + (94 * (x - span[0])) / (span[1] - span[0] || 1);
  const [mean, low, high] = score.slice(0, 3).map(at);
  const outside = high < 0 ? "M5 2 1 5 5 8" : low > 100 ? "M95 2 99 5 95 8" : null;
  if (outside) return svg("svg", frameOfWhisker, svg("path", { d: outside, class: "beyond" }));
  const [left, right] = [Math.max(0, low), Math.min(100, high)];
  const dot = mean >= 0 && mean <= 100 && svg("path", { d: `M${mean.toFixed(1)} 5h0`, class: "dot" });
  return svg("svg", frameOfWhisker, svg("path", { d: `M${left.toFixed(1)} 5h${Math.max(right - left, 1).toFixed(1)}` }), dot);
}
const frameOfWhisker = { viewBox: "0 0 100 10", class: "whisker", "aria-hidden": "true", preserveAspectRatio: "none" };

function costColumns() {
  const column = (key, label, unit, value, text, about, higher = false) => ({
    key, label, unit, higher, about, value, cell: (row) => [text(row)], said: text,
  });
  return [
    column("parameters", "parameters", "", (row) => row.parameters, (row) => amount(row.parameters), "numbers that training sets"),
    column("macs", "MACs", "", (row) => row.macs, (row) => amount(row.macs) + (row.olderMacs ? "*" : ""),
      `multiply-adds for one image${BOARD.arenas.length ? `; ${BOARD.olderMacs}` : ""}`),
    column("trained", "training", "", (row) => row.trained || null, (row) => duration(row.trained),
      "wall-clock time of training on the row's own hardware: compare on one hardware only"),
    column("speed", "images/s", "", (row) => row.speed || null, (row) => (row.speed ? amount(row.speed) : "–"),
      "images a second while scoring, on the row's own hardware: compare on one hardware only", true),
    column("seeds", "seeds", "", (row) => row.runs.length, (row) => seedsOf(row), "what the trainings drew their chance from: of several the mean is told", true),
    column("created", "made", "", (row) => row.created, (row) => row.created.slice(0, 10), "the day of the record, UTC", true),
  ];
}

const defaultColumns = (arena) => new Set([...arena.headline, "parameters", "macs"]);

function columnPicker(arena, picked, onchange) {
  const boxes = columnsOf(arena).map((column) =>
    el(
      "label",
      {},
      el("input", {
        type: "checkbox", checked: picked.has(column.key),
        change: (event) => {
          event.target.checked ? picked.add(column.key) : picked.delete(column.key);
          onchange();
        },
      }),
      column.label,
    ),
  );
  const menu = el("details", { class: "menu" }, el("summary", {}, "Columns"), el("fieldset", {}, el("legend", { class: "unseen" }, "Columns to show"), boxes));
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  return menu;
}
