// Everything about one row, in a dialog that the keyboard can leave.

function showDetail(row) {
  const arena = row.arena;
  const heading = freshId("heading");
  const dialog = el(
    "dialog",
    { class: "detail", "aria-labelledby": heading, close: () => dialog.remove(), click: (event) => event.target === dialog && dialog.close() },
    el(
      "div",
      { class: "sheet" },
      el("header", {}, el("h2", { id: heading }, seeded(row)), el("button", { type: "button", class: "close", "aria-label": "Close", click: () => dialog.close() }, "×")),
      BOARD.shared[row.recipe.summary] && el("p", {}, BOARD.shared[row.recipe.summary]),
      BOARD.shared[row.recipe.paper] && el("p", { class: "note" }, BOARD.shared[row.recipe.paper]),
      row.remark && el("p", { class: "remark" }, row.remark),
      detailScores(row, arena),
      row.examples && detailExamples(row, arena),
      row.painted && detailPictures(row),
      detailRecipe(row, arena),
      detailProvenance(row, arena),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
}

const detailLink = (row) => el("button", { type: "button", class: "link", click: () => showDetail(row) }, rowTitle(row));

function detailScores(row, arena) {
  const rows = arena.metrics.filter(({ place }) => row.scores[place]).map((metric) => {
    const score = row.scores[metric.place];
    const [low, high] = [fixed(score[1], metric.digits), fixed(score[2], metric.digits)];
    return [`${metric.name} ${metric.higher ? "↑" : "↓"}`, fixed(score[0], metric.digits), `${low} to ${high}`, metric.unit || "–", (score[3] ?? arena.pairs).toLocaleString("en")];
  });
  return simpleTable("Scores", ["score", "mean", "95 % interval", "unit", "pairs"], rows);
}

// What the mean hides, with its picture where that pair was painted.
function detailExamples(row, arena) {
  const [metric] = arena.metrics;
  const pictures = new Map((row.painted ?? []).map(([name, , , output]) => [name, output]));
  const rows = row.examples.map(([name, score], i) => {
    const output = pictures.get(name);
    return [["best", "median", "worst"][i], fixed(score, metric.digits), [name, output != null && still("output", output, name)]];
  });
  return simpleTable(`Pairs of seed ${row.runs[0][0]} by ${metric.name}`, ["pair", "score", "name"], rows);
}

function detailPictures(row) {
  const shown = row.painted.slice(0, 3).map(([name, source, pose, output, truth]) =>
    el(
      "figure",
      { class: "pair" },
      el("div", { class: "row plain" }, still("source", source, name), still("pose", pose, name), still("output", output, name), truth != null && still("truth", truth, name)),
      el("figcaption", {}, name),
    ),
  );
  return el("section", {}, el("h3", {}, "Pictures"), shown);
}

// What differs from the recipe itself, or from any other row.
function detailRecipe(row, arena) {
  const holder = el("div");
  const others = arena.rows.filter((other) => other.recipe !== row.recipe).slice(0, PAGE);
  const own = originOf(row.recipe);
  const targets = [...(own !== row.recipe ? [["base", `${titleOf({ recipe: own })}, the recipe itself`]] : []), ...others.map((other, i) => [String(i), seeded(other)])];
  const draw = (key) => {
    const theirs = key === "base" ? own : others[Number(key)].recipe;
    const lines = recipeDiff(theirs, row.recipe);
    holder.replaceChildren(lines.length ? simpleTable("Settings that differ", ["setting", "there", "here"], lines) : el("p", { class: "note" }, "No setting differs."));
  };
  if (targets.length) draw(targets[0][0]);
  const all = Object.entries(settingsOf(row.recipe));
  const whole = fold(`The whole recipe, ${counted(all.length, "setting")}`);
  whole.addEventListener("toggle", () => whole.append(simpleTable("Settings", ["setting", "value"], all)), { once: true });
  return el("section", {}, el("h3", {}, "Recipe"), targets.length > 0 && choice("Beside", targets, targets[0][0], draw), holder, whole);
}

function detailProvenance(row, arena) {
  const { origin, steps, images_seen: images, batch, precision, init } = row.spent;
  const { cpu, cores, gpu, processes } = row.hardware;
  const trained = origin === "none" ? "nothing to train" : `${steps.toLocaleString("en")} steps of ${batch}, ${images.toLocaleString("en")} images, ${duration(row.trained)}${!precision ? "" : `, ${precision}`}`;
  return el(
    "section",
    {},
    el("h3", {}, "Where it comes from"),
    facts([
      ["weights", origin],
      ["licence", row.licence || (row.runs[0][1] ? "not told" : "")],
      ["training", trained],
      ["started from", init],
      ["pairings", row.pairings.join(", ")],
      ["parts", row.parts.map(([name, component, parameters, macs]) => el("div", {}, `${name}: ${component}, ${amount(parameters)} parameters, ${amount(macs)}${row.olderMacs ? "*" : ""} MACs`))],
      ["scoring", `${counted(arena.pairs, "pair")}, ${duration(row.scored)}`],
      ["hardware", [gpu, cpu, `${cores} cores`, processes > 1 && `${processes} processes`].filter(Boolean).join(", ")],
      ["versions", Object.entries(row.versions).map((pair) => pair.join(" ")).join(", ")],
      ["made", `${row.created} UTC`],
      ...row.runs.map(([seed, weights, record]) => [`seed ${seed}`, [el("div", {}, `record ${record}`), weights && el("div", {}, `weights ${weights}`)]]),
      ["recipe", row.recipe.digest],
      ["track", arena.digest],
      ["data", arena.data],
    ]),
  );
}
