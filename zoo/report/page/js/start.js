// The board: tracks, in each its protocols, in each the views.

function start() {
  for (const table of document.querySelectorAll("#plain")) table.remove();
  const board = document.getElementById("board");
  if (!board) return;
  const arenas = BOARD.arenas.map(decodeArena);
  for (const arena of arenas) for (const row of arena.rows) row.arena = arena;
  const tracks = [...new Set(arenas.map(({ track }) => track))];
  const entries = tracks.map((track) => trackTab(track, arenas.filter((arena) => arena.track === track)));
  board.append(tabs("Tracks", BOARD.speed.length ? [...entries, speedTab(BOARD.speed)] : entries, "tracks"));
  const open = () => openLinked(arenas);
  addEventListener("hashchange", open);
  open();
}

function trackTab(track, arenas) {
  const runs = sum(arenas.map(({ rows }) => rows.length));
  const mine = arenas.some(({ mine }) => mine);
  return {
    name: track,
    note: counted(runs, "run") + (mine ? ", yours" : ""),
    draw: () => tabs("Protocols", arenas.map(protocolTab), "protocols"),
  };
}

function protocolTab(arena) {
  const view = startOf(arena);
  return {
    name: arena.protocol,
    note: `${counted(arena.pairs, "pair")}, data ${arena.data.slice(0, 6)}`,
    draw: () => el("div", {}, intro(arena), tabs("Views", viewsOf(arena, view), "views")),
  };
}

// What the views of an arena remember while one goes from tab to tab.
function startOf(arena) {
  const first = arena.metrics[0]?.name;
  return {
    filter: "", unranked: true, limit: PAGE, sort: { key: "rank", best: true }, picked: defaultColumns(arena),
    quality: first, cost: "macs", effect: firstEffect(arena), on: first, rival: String(Math.max(0, arena.differences.rows.findIndex((place) => arena.rows[place].mine))),
    left: "0", right: paintedRows(arena).length > 1 ? "1" : "0", share: 50,
  };
}

function intro(arena) {
  const { steps, batch } = arena.budget;
  const rules = `${arena.protocol}, ${counted(arena.pairs, "test pair")}, trained for ${steps.toLocaleString("en")} steps of ${batch}`;
  return el("div", { class: "intro" }, arena.summary && el("p", {}, arena.summary), el("p", { class: "note" }, rules));
}

function viewsOf(arena, view) {
  return [
    { name: "Ranking", draw: () => ranking(arena, view) },
    arena.metrics.length && { name: "Trade-off", draw: () => tradeoff(arena, view) },
    arena.differences.rows.length > 1 && { name: "Differences", draw: () => forest(arena, view) },
    firstEffect(arena) && { name: "Effects", draw: () => effectsView(arena, view) },
    paintedRows(arena).length && { name: "Pictures", draw: () => pictures(arena, view) },
    ablationsOf(arena).length && { name: "Ablations", draw: () => ablations(arena) },
  ].filter(Boolean);
}

// `#run-0123456789ab` opens a row's detail.
function openLinked(arenas) {
  const wanted = location.hash.match(/^#run-([0-9a-f]{6,64})$/)?.[1];
  const row = wanted && arenas.flatMap(({ rows }) => rows).find(({ runs }) => runs.some((run) => run[2].startsWith(wanted)));
  if (row) showDetail(row);
}

addEventListener("DOMContentLoaded", start);
