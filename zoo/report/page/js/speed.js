// Speed: a tab for each hardware. Seconds of one machine say nothing of another's, so their rows never meet.

function speedTab(machines) {
  const rows = sum(machines.map((machine) => machine.rows.length));
  return { name: "Speed", note: counted(rows, "pass", "passes"), draw: () => tabs("Hardware", machines.map(machineTab), "protocols") };
}

function machineTab(told) {
  const view = { filter: "", sort: { key: "", best: true } };
  return { name: told.machine, note: counted(told.rows.length, "pass", "passes"), draw: () => speedTable(told, view) };
}

function speedTable(told, view) {
  const columns = speedColumns(told.rows);
  const status = el("p", { role: "status", class: "note" });
  const table = el("table", { class: "board", role: "table" });
  const sort = (key) => {
    view.sort = { key, best: view.sort.key !== key || !view.sort.best };
    redraw();
    table.querySelector(`th[data-key="${CSS.escape(key)}"] button`)?.focus();
  };
  const redraw = () => {
    const column = columns.find(({ key }) => key === view.sort.key);
    const words = view.filter.toLowerCase().split(/\s+/).filter(Boolean);
    const found = told.rows.filter((row) => words.every((word) => speedWords(row).includes(word)));
    const rows = column ? sorted(found, column, view.sort.best) : found;
    table.replaceChildren(
      el("caption", { class: "unseen" }, `Speed on ${told.machine}`),
      el("thead", { role: "rowgroup" }, headRow(columns, view.sort, sort)),
      el("tbody", { role: "rowgroup" }, rows.map((row) => speedRow(row, columns))),
    );
    status.textContent = countedRows(rows.length, told.rows.length);
  };
  const filter = el("input", { type: "search", value: view.filter, placeholder: "step bf16", input: () => { view.filter = filter.value; redraw(); } });
  redraw();
  const tools = el("div", { class: "tools" }, el("label", { class: "choice" }, el("span", {}, "Filter"), filter));
  return el("div", {}, tools, status, el("div", { class: "scroll board", tabindex: 0, role: "region", "aria-label": `Speed on ${told.machine}` }, table), speedExplained());
}

const speedWords = (row) => [row.title, row.pass, row.peer ? "peer" : "", row.made].join(" ").toLowerCase();

function speedColumns(rows) {
  const parts = [...new Set(rows.flatMap((row) => Object.keys(row.parts)))];
  const column = (key, label, value, text, about, higher = false) => ({ key, label, higher, about, value, cell: (row) => [text(row)] });
  return [
    recipeColumn,
    column("seconds", "time", (row) => row.seconds[0], (row) => [duration(row.seconds[0]), el("small", {}, `${duration(row.seconds[1])} to ${duration(row.seconds[2])}`)], "of a batch: the median and quartiles of its repeats"),
    column("throughput", "images/s", (row) => row.throughput, (row) => amount(row.throughput), "images a second", true),
    column("peak", "memory", (row) => row.peak, (row) => `${amount(row.peak)}B`, "the most bytes at once, parameters included"),
    column("parameters", "parameters", (row) => row.parameters, (row) => amount(row.parameters), "numbers that training sets"),
    column("macs", "MACs", (row) => row.macs, (row) => amount(row.macs), "multiply-adds of one image, counted as they ran"),
    column("share", "of limit", (row) => row.share, (row) => `${Math.round(100 * row.share)} %`, "multiply-adds a second, as a share of the machine's fastest convolution just then", true),
    ...parts.map((name) => column(`part ${name}`, name, (row) => row.parts[name] ?? null, (row) => duration(row.parts[name]), `the forward pass of ${name} alone`)),
  ];
}

function speedRow(row, [name, ...columns]) {
  const title = [el("b", {}, row.title), row.peer && el("span", { class: "own" }, "peer"), el("small", {}, row.pass), el("small", {}, row.made)];
  return el(
    "tr",
    { role: "row" },
    el("th", { role: "rowheader", scope: "row", class: "name" }, title),
    columns.map((column) => el("td", { role: "cell", class: "number", "data-label": column.label }, column.cell(row))),
  );
}

function speedExplained() {
  return fold(
    "How to read this",
    el("p", {}, "Every pass was timed in a process of its own, again and again after a first one that is not counted; with a peer, both took turns. forward paints; gradient paints and differentiates; step is a whole step of the recipe's last phase, with losses, critics and optimisers. Peers are other people's modules, timed in the same run."),
    el("p", {}, "The limit is the rate of the fastest convolution, measured beside the pass with as many threads and in the same precision. A pass that reads and writes more than it multiplies stays far below it."),
  );
}
