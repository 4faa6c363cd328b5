// What each part brings, over the recipes of a track: main effects drawn, interactions told.

function effectsView(arena, view) {
  const content = el("div");
  const redraw = () => content.replaceChildren(...drawEffects(arena, view));
  const metrics = arena.metrics.filter(({ name }) => arena.effects[name]);
  const tools = el("div", { class: "tools" }, choice("Effects on", metrics.map(({ name }) => [name, name]), view.effect, (name) => { view.effect = name; redraw(); }));
  redraw();
  return el("div", {}, metrics.length > 1 && tools, content);
}

const firstEffect = (arena) => arena.metrics.find(({ name }) => arena.effects[name])?.name;

function drawEffects(arena, view) {
  const metric = arena.metrics.find(({ name }) => name === view.effect);
  const told = arena.effects[metric.name];
  const known = told.main.filter(({ mean }) => mean != null);
  const digits = decimals(known.map(({ mean, low, high }) => [mean, low, high])) + 1; // effects are small beside what is not known
  const ends = known.flatMap(({ low, high }) => [low, high]);
  const span = [Math.min(0, ...ends), Math.max(0, ...ends)];
  const caption = `${metric.name}: what each part brings`;
  const grid = `Over ${counted(told.cells, "combination")} of parts, ${told.missing} of the grid missing: baselines and variants aside.`;
  const folded = Object.entries(told.told).map(([name, teller]) => ` ${name} is one with ${teller}.`).join("");
  const apart = told.apart ? ` ${counted(told.apart, "recipe")} share no part with the others.` : "";
  return [
    el("p", { class: "note" }, `${grid}${folded}${apart} Right of the line is better than the mean. Filled: certain at 95 % after Holm's correction.`),
    drawnTable(caption, ["part", "effect"], told.main.map((effect) => effectRow(effect, metric, span, digits))),
    told.both.length > 0 && fold(
      "Interactions, the largest first",
      simpleTable(`${metric.name}: two together, beyond what each brings`, ["together", "effect", "95 % interval", "certain"], told.both.map((effect) => [
        effect.places.map(([, level]) => level).join(" with "), signed(effect.mean, digits), `${signed(effect.low, digits)} to ${signed(effect.high, digits)}`, effect.adjusted < CERTAIN ? "yes" : "no",
      ])),
    ),
  ].filter(Boolean);
}

function effectRow(effect, metric, span, digits) {
  const [[factor, level]] = effect.places;
  const name = [level, el("small", {}, `${factor}, ${counted(effect.cells, "combination")}`)];
  if (effect.mean == null) return { name, verdict: "open", number: ["–"], said: `${level} is left open: the combinations there are do not determine it` };
  const verdict = effect.adjusted >= CERTAIN ? "undecided" : effect.mean > 0 === metric.higher ? "better" : "worse";
  const said = `${level} is ${VERDICTS[verdict]}${verdict === "undecided" ? " apart from" : " than"} the mean on ${metric.words}: ${signed(effect.mean, digits)}`;
  return { name, verdict, said, number: drawnNumber(effect, digits), line: drawnLine(effect, span, metric) };
}
