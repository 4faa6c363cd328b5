// What every plot needs: scales, ticks, axes, and a size that follows the window.

// A plot that is drawn anew when its width changes, so that its letters keep their size.
function plot(draw) {
  const frame = el("div", { class: "plot" });
  let width = 0;
  new ResizeObserver(() => {
    const wide = Math.floor(frame.clientWidth);
    if (wide > 0 && wide !== width) frame.replaceChildren(draw((width = wide)));
  }).observe(frame);
  return frame;
}

function linear([from, to], [start, end]) {
  const scale = (x) => start + ((x - from) / (to - from || 1)) * (end - start);
  return Object.assign(scale, { ticks: (count) => niceTicks(from, to, count) });
}

// Logarithmic; what is 0 stands apart, left of everything.
function logarithmic(values, [start, end]) {
  const positive = values.filter((x) => x > 0);
  const [from, to] = [Math.log10(Math.min(...positive)) - 0.05, Math.log10(Math.max(...positive)) + 0.05];
  const first = values.some((x) => !(x > 0)) ? start + 36 : start;
  const scale = (x) => (x > 0 ? first + ((Math.log10(x) - from) / (to - from || 1)) * (end - first) : start + 10);
  const steps = to - from > 3 ? [1] : to - from > 1.2 ? [1, 3] : [1, 2, 5];
  const ticks = () => {
    const found = [];
    for (let power = Math.floor(from); power <= to; power++) for (const step of steps) found.push(step * 10 ** power);
    return [...(first > start ? [0] : []), ...found.filter((x) => Math.log10(x) >= from && Math.log10(x) <= to)];
  };
  return Object.assign(scale, { ticks });
}

function niceTicks(from, to, count) {
  const rough = (to - from) / count || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((s) => s * power >= rough) * power;
  const first = Math.ceil(from / step - 1e-9);
  return Array.from({ length: Math.max(0, Math.floor(to / step + 1e-9) - first + 1) }, (_, i) => (first + i) * step);
}

const stepDigits = (ticks) => (ticks.length < 2 ? 2 : Math.max(0, Math.ceil(-Math.log10(Math.abs(ticks[1] - ticks[0])) - 1e-9)));

// Lines and numbers below and at the left of a box.
function axes({ left, right, top, bottom }, x, y, xText, yText, xCount, yCount) {
  const columns = x.ticks(xCount).map((value) => [
    svg("path", { class: "rule", d: `M${x(value).toFixed(1)} ${top}V${bottom}` }),
    svg("text", { x: x(value), y: bottom + 18, "text-anchor": "middle" }, xText(value)),
  ]);
  const rows = y.ticks(yCount).map((value) => [
    svg("path", { class: "rule", d: `M${left} ${y(value).toFixed(1)}H${right}` }),
    svg("text", { x: left - 8, y: y(value) + 4, "text-anchor": "end" }, yText(value)),
  ]);
  return svg("g", { class: "axes" }, columns, rows);
}

function picture(width, height, title, about, ...content) {
  const [name, description] = [freshId("title"), freshId("about")];
  return svg(
    "svg",
    { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-labelledby": `${name} ${description}` },
    svg("title", { id: name }, title), svg("desc", { id: description }, about), content,
  );
}
