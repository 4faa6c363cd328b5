// Quality against cost: every row a point, the best for their cost on a line.

const COSTS = {
  macs: { label: "MACs per image", value: (row) => row.macs, text: amount, older: (row) => row.olderMacs },
  parameters: { label: "parameters", value: (row) => row.parameters, text: amount },
  seconds: { label: "time per image", value: (row) => (row.speed ? 1 / row.speed : null), text: duration, timed: true },
  trained: { label: "training time", value: (row) => row.trained || null, text: duration, timed: true },
};

function tradeoff(arena, view) {
  const content = el("div");
  const redraw = () => content.replaceChildren(...drawTradeoff(arena, view));
  const tools = el(
    "div",
    { class: "tools" },
    choice("Quality", arena.metrics.map(({ name }) => [name, name]), view.quality, (name) => { view.quality = name; redraw(); }),
    choice("against", Object.entries(COSTS).map(([key, { label }]) => [key, label]), view.cost, (key) => { view.cost = key; redraw(); }),
  );
  redraw();
  return el("div", {}, tools, content);
}

function drawTradeoff(arena, view) {
  const metric = arena.metrics.find(({ name }) => name === view.quality);
  const cost = COSTS[view.cost];
  const scored = arena.rows.filter((row) => scoreOf(row, metric) != null && cost.value(row) != null);
  const machine = cost.timed ? commonest(scored.map(machineOf)) : null;
  const rows = machine ? scored.filter((row) => machineOf(row) === machine) : scored;
  if (!rows.length) return [el("p", { class: "note" }, `No row tells both ${metric.name} and ${cost.label}.`)];
  const front = frontier(rows.filter((row) => row.rank != null), metric, cost);
  const where = machine ? ` Timed on ${machine}; ${counted(scored.length - rows.length, "row")} of other machines ${scored.length - rows.length === 1 ? "is" : "are"} left out.` : "";
  const older = cost.older && rows.some(cost.older) ? ` ${BOARD.olderMacs}.` : "";
  return [
    el("p", { class: "note" }, `Better is up, cheaper is left. On the line: no ranked row is at once better and cheaper.${where}${older}`),
    plot((width) => drawPoints(width, rows, new Set(front), metric, cost)),
    simpleTable(
      `Best ${metric.name} for its ${cost.label}`,
      ["recipe", cost.label, metric.name],
      front.map((row) => [detailLink(row), cost.text(cost.value(row)) + (cost.older?.(row) ? "*" : ""), fixed(scoreOf(row, metric), metric.digits)]),
    ),
  ];
}

const machineOf = ({ hardware }) => hardware.gpu ?? `${hardware.cpu}, ${hardware.cores} cores`;

function commonest(values) {
  const counts = new Map();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].reduce((a, b) => (b[1] > a[1] ? b : a), ["", 0])[0];
}

// From the cheapest: a row is on the line if it betters every cheaper one.
function frontier(rows, metric, cost) {
  const sign = metric.higher ? 1 : -1;
  const order = [...rows].sort((a, b) => cost.value(a) - cost.value(b) || sign * (scoreOf(b, metric) - scoreOf(a, metric)));
  let best = -Infinity;
  return order.filter((row) => sign * scoreOf(row, metric) > best && (best = sign * scoreOf(row, metric)) !== null);
}

function drawPoints(width, rows, front, metric, cost) {
  const height = Math.max(280, Math.min(460, Math.round(width * 0.5)));
  const box = { left: 56, right: width - 16, top: 16, bottom: height - 44 };
  const values = rows.map((row) => scoreOf(row, metric));
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = (high - low) * 0.06 || 1;
  const x = logarithmic(rows.map(cost.value).concat(rows.some((row) => cost.value(row) > 0) ? [] : [1]), [box.left, box.right]);
  const range = metric.higher ? [box.bottom, box.top] : [box.top, box.bottom];
  const y = linear([low - room, high + room], range);
  const digits = stepDigits(y.ticks(5));
  const place = (row) => [x(cost.value(row)), y(scoreOf(row, metric))];
  const line = [...front].map(place).map(([px, py], i) => (i ? `H${px.toFixed(1)}V${py.toFixed(1)}` : `M${px.toFixed(1)} ${py.toFixed(1)}`)).join("");
  const order = [...rows].sort((a, b) => front.has(a) - front.has(b) || a.mine - b.mine);
  const points = order.map((row) => {
    const [cx, cy] = place(row);
    const shape = front.has(row) ? "front" : row.rank == null ? "apart" : "ranked";
    const said = `${seeded(row)}: ${metric.name} ${fixed(scoreOf(row, metric), metric.digits)}, ${cost.text(cost.value(row))}`;
    return svg("circle", { cx, cy, r: front.has(row) ? 6 : 4.5, class: `${shape}${row.mine ? " mine" : ""}`, click: () => showDetail(row) }, svg("title", {}, said));
  });
  return picture(
    width, height, `${metric.name} against ${cost.label}`, `${counted(rows.length, "row")}; the table below tells those on the line.`,
    axes(box, x, y, cost.text, (value) => fixed(value, digits), 6, 5),
    svg("text", { class: "axis", x: box.right, y: height - 6, "text-anchor": "end" }, `${cost.label} →`),
    svg("path", { class: "frontier", d: line }), points, labels([...front], place, box, rows.map(place)),
  );
}

// Names of the points on the line, where there is room for them.
function labels(rows, place, box, points) {
  const taken = [];
  return rows.flatMap((row) => {
    const [cx, cy] = place(row);
    const text = row.title.length > 30 ? `${row.title.slice(0, 29)}…` : row.title;
    const wide = text.length * 6.4;
    const spots = [[cx - 8 - wide, cy - 8], [cx + 9, cy - 8], [cx - 8 - wide, cy + 18], [cx + 9, cy + 18]];
    const free = spots.find(([left, base]) => {
      const area = [left, base - 11, left + wide, base + 3];
      const inside = left > box.left && left + wide < box.right && base > box.top && base < box.bottom;
      return inside && !taken.some((other) => overlap(area, other)) && !points.some(([px, py]) => overlap(area, [px - 4, py - 4, px + 4, py + 4]));
    });
    if (!free) return [];
    taken.push([free[0], free[1] - 11, free[0] + wide, free[1] + 3]);
    return [svg("text", { class: "label", x: free[0], y: free[1] }, text)];
  });
}

const overlap = (a, b) => a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];
