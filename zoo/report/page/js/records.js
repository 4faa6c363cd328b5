// The data block, decoded: arenas of rows.

const BOARD = JSON.parse(document.getElementById("data").textContent);

function decodeArena(told) {
  const arena = { ...told, rows: told.rows.map((values) => decodeRow(told.fields, values)) };
  arena.metrics.forEach((metric, place) => {
    metric.place = place;
    metric.digits = decimals(arena.rows.map((row) => row.scores[place]).filter(Boolean));
    const ranked = arena.rows.filter((row) => row.rank != null && row.scores[place]).map((row) => row.scores[place]);
    metric.span = spanOf(ranked);
    metric.leaders = new Set((told.differences.leaders[metric.name] ?? []).map((i) => arena.rows[i]));
  });
  arena.mine = arena.rows.some((row) => row.mine);
  return arena;
}

// From the lowest to the highest interval, without those whose mean strays from the middle half by more than 1.5 times its
// length (Tukey's fences): one row that fails would make all others look alike.
function spanOf(intervals) {
  if (!intervals.length) return null;
  const means = intervals.map(([mean]) => mean).sort((a, b) => a - b);
  const [lower, upper] = [means[means.length >> 2], means[Math.min(means.length - 1, (3 * means.length) >> 2)]];
  const reach = 1.5 * (upper - lower);
  const near = intervals.filter(([mean]) => mean >= lower - reach && mean <= upper + reach);
  return [Math.min(...near.map(([, low]) => low)), Math.max(...near.map(([, , high]) => high))];
}

function decodeRow(fields, values) {
  const row = Object.fromEntries(fields.map((field, i) => [field, values[i]]));
  for (const field of ["remark", "parts", "hardware", "versions", "pairings", "spent", "licence"]) row[field] = BOARD.shared[row[field]];
  row.recipe = BOARD.recipes[row.recipe];
  row.parameters = sum(row.parts.map((part) => part[2]));
  row.macs = sum(row.parts.map((part) => part[3]));
  row.title = titleOf(row);
  row.words = [row.title, row.remark, ...row.runs.map((run) => run[2]), ...row.parts.map((part) => part[1])].join(" ").toLowerCase();
  return row;
}

const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);

// Every title names what was changed: `scmnet/wo-bsr merge=base.adain`.
function titleOf(row) {
  const { name, variant, changes } = row.recipe;
  return [variant ? `${name}/${variant}` : name, ...changes].join(" ");
}

const seedsOf = (row) => row.runs.map(([seed]) => seed).join(", ");
const seeded = (row) => `${row.title}, ${row.runs.length === 1 ? "seed" : "seeds"} ${seedsOf(row)}`;
const scoreOf = (row, metric) => row.scores[metric.place]?.[0] ?? null;

function intervalText(score, digits) {
  return `${fixed(score[0], digits)} (95 % interval ${fixed(score[1], digits)} to ${fixed(score[2], digits)})`;
}

// All settings of a recipe: those of the one it is told by, and what it changes.
function settingsOf(recipe) {
  const base = BOARD.recipes[recipe.base];
  const settings = base === recipe ? {} : settingsOf(base);
  for (const place of recipe.gone) delete settings[BOARD.paths[place]];
  for (const [place, value] of recipe.set) settings[BOARD.paths[place]] = value;
  return settings;
}

// The recipe itself, of which this is a variant or a change.
function originOf(recipe) {
  const base = BOARD.recipes[recipe.base];
  return base === recipe ? recipe : originOf(base);
}

// [path, theirs, ours] of every setting that differs.
function recipeDiff(theirs, ours) {
  const [a, b] = [settingsOf(theirs), settingsOf(ours)];
  const paths = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
  return paths.filter((path) => a[path] !== b[path]).map((path) => [path, a[path] ?? "–", b[path] ?? "–"]);
}
