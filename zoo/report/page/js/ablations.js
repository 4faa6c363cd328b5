// What a paper says of its parts, beside what our runs of the same variants say.

function ablationsOf(arena) {
  const tables = new Map();
  for (const row of BOARD.quoted) {
    const key = [row.paper, row.table, row.dataset].join("\n");
    tables.set(key, [...(tables.get(key) ?? []), row]);
  }
  return [...tables.values()].map((quoted) => ({ quoted, ours: oursOf(arena, quoted) })).filter(({ ours }) => ours.filter(Boolean).length > 1);
}

// Of several runs of a variant, the one that ranks best; a run with changes of its own is none of the paper's.
function oursOf(arena, quoted) {
  return quoted.map(({ paper, variant }) =>
    arena.rows.find(({ recipe }) => recipe.name === paper && (recipe.variant || "full") === variant && !recipe.changes.length),
  );
}

function ablations(arena) {
  const found = ablationsOf(arena);
  const note = "Left, our runs on this track, as the difference to the whole recipe and its score. Right, what the paper prints: quoted, of other data, image sizes and code, and never ranked.";
  return el("div", {}, el("p", { class: "note" }, note), found.map((table) => ablation(arena, table)));
}

function ablation(arena, { quoted, ours }) {
  const { paper, table, dataset } = quoted[0];
  const metrics = arena.metrics.filter(({ name }) => arena.headline.includes(name));
  const theirs = [...new Set(quoted.flatMap((row) => Object.keys(row.metrics)))];
  const whole = ours[quoted.findIndex((row) => row.variant === "full")];
  const groups = el(
    "tr",
    {},
    el("td"),
    el("th", { scope: "colgroup", colspan: metrics.length }, `here, ${arena.track}`),
    el("th", { scope: "colgroup", colspan: theirs.length, class: "quote" }, `${paper}, ${table}, ${dataset}: quoted`),
  );
  const heads = el(
    "tr",
    {},
    el("th", { scope: "col" }, "variant"),
    metrics.map(({ name, higher }) => el("th", { scope: "col", class: "number" }, `${name} ${higher ? "↑" : "↓"}`)),
    theirs.map((name) => el("th", { scope: "col", class: "number quote" }, name)),
  );
  const body = quoted.map((row, i) =>
    el(
      "tr",
      {},
      el("th", { scope: "row" }, ours[i] ? detailLink(ours[i]) : row.variant, el("small", {}, row.method)),
      metrics.map((metric) => el("td", { class: "number" }, ablationCell(ours[i], whole, metric))),
      theirs.map((name) => el("td", { class: "number quote" }, row.metrics[name] == null ? "–" : String(row.metrics[name]))),
    ),
  );
  const title = `${paper}, ${table}, ${dataset}`;
  return el(
    "section",
    {},
    el("h3", {}, title),
    el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": title }, el("table", { class: "simple" }, el("thead", {}, groups, heads), el("tbody", {}, body))),
  );
}

function ablationCell(row, whole, metric) {
  const score = row && scoreOf(row, metric);
  if (score == null) return ["–"];
  const base = whole && scoreOf(whole, metric);
  const number = fixed(score, metric.digits);
  return row === whole || base == null ? [number] : [number, el("small", {}, signed(score - base, metric.digits))];
}
