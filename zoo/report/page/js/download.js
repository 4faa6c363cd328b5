// What is shown, as files.

function downloadCsv(arena, rows) {
  const metrics = arena.metrics.flatMap(({ name }) => [name, `${name} low`, `${name} high`]);
  const head = ["rank", "recipe", "variant", "changes", "seeds", ...metrics, "parameters", "MACs", "training seconds", "remark", "records"];
  const lines = rows.map((row) => [
    row.rank, row.recipe.name, row.recipe.variant || "full", row.recipe.changes.join(" "), row.runs.map(([seed]) => seed).join(" "),
    ...arena.metrics.flatMap(({ place }) => (row.scores[place] ?? ["", "", ""]).slice(0, 3)),
    row.parameters, row.macs, row.trained, row.remark, row.runs.map((run) => run[2]).join(" "),
  ]);
  save(fileName(arena, "csv"), "text/csv", [head, ...lines].map((line) => line.map(csvCell).join(",")).join("\r\n") + "\r\n");
}

// Quoted where it must be; a text that a spreadsheet would run as a formula is kept from it by an apostrophe.
function csvCell(value) {
  if (typeof value !== "string") return value ?? "";
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function downloadJson(arena, rows) {
  const { track, protocol, pairs, digest, data } = arena;
  const told = rows.map((row) => ({
    rank: row.rank, recipe: row.recipe.name, variant: row.recipe.variant || "full", changes: row.recipe.changes, seeds: row.runs.map(([seed]) => seed),
    scores: Object.fromEntries(arena.metrics.map(({ name, place }) => [name, scoreObject(row.scores[place])]).filter(([, score]) => score)),
    parameters: row.parameters, macs: row.macs, remark: row.remark, records: row.runs.map((run) => run[2]),
  }));
  save(fileName(arena, "json"), "application/json", JSON.stringify({ track, protocol, pairs, digest, data, rows: told }, null, 1));
}

const scoreObject = (score) => score && { mean: score[0], low: score[1], high: score[2] };
const fileName = (arena, ending) => `${arena.track.replace(/[^\w.-]+/g, "-").slice(0, 60)}.${ending}`;

function save(name, type, text) {
  const link = el("a", { href: URL.createObjectURL(new Blob([text], { type })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
