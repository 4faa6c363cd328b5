// The ranking: one table, best first, filtered, sorted, some rows at a time.

const PAGE = 50; // rows made at once: ten thousand are sorted in no time, but laid out in seconds

function ranking(arena, view) {
  const status = el("p", { role: "status", class: "note" });
  const table = el("table", { class: "board", role: "table" });
  const more = el("div", { class: "more" });
  const redraw = () => drawRows(arena, view, table, status, more, redraw);
  const filter = el("input", {
    type: "search", value: view.filter, placeholder: "recipe, part, change",
    input: () => { view.filter = filter.value; view.limit = PAGE; redraw(); },
  });
  const unranked = el("input", {
    type: "checkbox", checked: view.unranked,
    change: () => { view.unranked = unranked.checked; redraw(); },
  });
  const tools = el(
    "div",
    { class: "tools" },
    el("label", { class: "choice" }, el("span", {}, "Filter"), filter),
    columnPicker(arena, view.picked, redraw),
    arena.rows.some((row) => row.rank == null) && el("label", { class: "check" }, unranked, "unranked rows"),
    el("span", { class: "gap" }),
    el("button", { type: "button", click: () => downloadCsv(arena, visibleRows(arena, view)) }, "CSV"),
    el("button", { type: "button", click: () => downloadJson(arena, visibleRows(arena, view)) }, "JSON"),
  );
  redraw();
  return el("div", {}, tools, status, el("div", { class: "scroll board" }, table), more, explanations(arena));
}

// A row must hold every word of the filter.
function visibleRows(arena, view) {
  const words = view.filter.toLowerCase().split(/\s+/).filter(Boolean);
  const rows = arena.rows.filter((row) => (view.unranked || row.rank != null) && words.every((word) => row.words.includes(word)));
  return view.sort.key === "rank" && view.sort.best ? rows : sorted(rows, sortColumn(arena, view.sort.key), view.sort.best);
}

// Best first, or last; rows without the value come last in any case, and equals keep the order of the ranking.
function sorted(rows, column, best) {
  const sign = column.higher === best ? -1 : 1;
  const keyed = rows.map((row) => [column.value(row), row]);
  const known = keyed.filter(([value]) => value != null);
  known.sort(([a], [b]) => sign * (typeof a === "string" ? a.localeCompare(b) : a - b));
  return [...known, ...keyed.filter(([value]) => value == null)].map(([, row]) => row);
}

const UNPAIRED = "ranked by its interval: no scores of pairs"; // the words of zoo leaderboard
const rankColumn = { key: "rank", label: "rank", higher: false, about: "", value: (row) => row.rank };
const recipeColumn = { key: "recipe", label: "recipe", higher: false, about: "", value: (row) => row.title };

function sortColumn(arena, key) {
  return [rankColumn, recipeColumn, ...columnsOf(arena)].find((column) => column.key === key);
}

function drawRows(arena, view, table, status, more, redraw) {
  const columns = columnsOf(arena).filter((column) => view.picked.has(column.key));
  const rows = visibleRows(arena, view);
  const shown = rows.slice(0, view.limit);
  table.replaceChildren(
    el("caption", { class: "unseen" }, `${arena.track}, ${arena.protocol}, ${counted(arena.pairs, "pair")}`),
    el("thead", { role: "rowgroup" }, headRow([rankColumn, recipeColumn, ...columns], view.sort, (key) => sortBy(view, key, redraw))),
    el("tbody", { role: "rowgroup" }, shown.map((row) => bodyRow(row, columns))),
  );
  table.setAttribute("aria-rowcount", rows.length + 1);
  const by = sortColumn(arena, view.sort.key);
  const order = view.sort.key === "recipe" ? "" : view.sort.best ? ", best first" : ", worst first";
  status.textContent = `${countedRows(rows.length, arena.rows.length)} by ${by.label}${order}`;
  const button = el("button", { type: "button", click: () => { view.limit += PAGE; redraw(); } }, `Show ${Math.min(PAGE, rows.length - shown.length)} more`);
  more.replaceChildren(...(shown.length < rows.length ? [button] : []));
}

const countedRows = (some, all) => (some === all ? counted(all, "row") : `${some.toLocaleString("en")} of ${counted(all, "row")}`);

function sortBy(view, key, redraw) {
  view.sort = { key, best: view.sort.key !== key || !view.sort.best };
  view.limit = PAGE;
  redraw();
  document.querySelector(`th[data-key="${CSS.escape(key)}"] button`)?.focus();
}

function headRow(columns, sort, onsort) {
  const head = (column) => {
    const order = sort.key !== column.key ? null : sort.best === !column.higher ? "ascending" : "descending";
    const unit = column.unit && el("small", {}, column.unit);
    const button = el("button", { type: "button", title: column.about || null, click: () => onsort(column.key) }, column.label, column.arrow && ` ${column.arrow}`, unit);
    return el("th", { scope: "col", role: "columnheader", "aria-sort": order, "data-key": column.key, class: kind(column) }, button);
  };
  return el("tr", { role: "row" }, columns.map(head));
}

const kind = (column) => (column === rankColumn ? "rank" : column === recipeColumn ? "name" : "number");

function bodyRow(row, columns) {
  const name = [
    el("button", { type: "button", class: "link", title: row.title, click: () => showDetail(row) }, el("span", { class: "title" }, rowTitle(row))),
    row.mine ? el("span", { class: "own" }, "yours") : null,
    row.remark && el("small", {}, row.remark),
  ];
  return el(
    "tr",
    { role: "row", class: row.mine ? "mine" : row.rank == null ? "apart" : null },
    el("td", { role: "cell", class: "rank" }, row.rank ?? "–", row.rank != null && !row.paired && el("span", { title: UNPAIRED }, "~")),
    el("th", { role: "rowheader", scope: "row", class: "name" }, name),
    columns.map((column) => el("td", { role: "cell", class: "number", "data-label": column.label }, column.cell(row))),
  );
}

// The name, and what makes it another recipe, a little apart.
function rowTitle(row) {
  const { name, variant, changes } = row.recipe;
  return [el("span", { class: "recipe" }, name), variant && el("span", { class: "variant" }, `/${variant}`), changes.map((change) => [" ", el("span", { class: "change" }, change)])];
}

function explanations(arena) {
  const about = arena.metrics.filter((metric) => metric.about).map((metric) => [`${metric.name} ${metric.higher ? "↑" : "↓"}`, `${metric.words}: ${metric.about}`]);
  const costs = costColumns().map((column) => [column.label, column.about]);
  return fold(
    "How to read this",
    el("p", {}, "Rows are ranked within one track and protocol. The best leads rank 1; a row shares its leader's rank unless the two can be told apart: at 95 %, pair by pair over people and seeds, after Holm's correction for every two ranked rows. A rank with ~ follows from intervals, for want of scores of pairs, which is less sharp. Scores in bold cannot be told from the best of their column."),
    el("p", {}, "A bar is the 95 % interval, a bootstrap over people, and its dot the mean. Every column's line reaches as far as the intervals of its ranked rows, those that stray far from the middle half left out; an arrow points to what lies beyond."),
    el("p", {}, "Rows without a rank know the true regions, were trained on another budget than the track's, or say themselves how they were trained."),
    facts([...about, ...costs]),
  );
}
