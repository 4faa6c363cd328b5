// What was painted; under it, where the point under the pointer came from. Points go to and fro in pixels of the photo.
const SVG = "http://www.w3.org/2000/svg";
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const find = (name) => element.querySelector(name);
const painted = find(".painted"), asked = find(".asked"), source = find(".source"), said = find(".said");
let at = null, next = null, busy = false;

function show() {
  const value = props.value || {};
  find(".fault").textContent = value.fault || "";
  find(".told").textContent = value.told || "";
  for (const part of [painted, asked]) part.toggleAttribute("hidden", !value.image);
  find(".empty").toggleAttribute("hidden", Boolean(value.image || value.fault));
  mark(painted, []);
  mark(source, []);
  find(".heat").removeAttribute("src");
  said.textContent = "Point at the result: where did it come from?";
  if (!value.image) return;
  painted.querySelector(".whole").src = value.image;
  source.querySelector(".whole").src = value.source;
  for (const part of [painted, source]) part.querySelector("svg").setAttribute("viewBox", `0 0 ${value.width} ${value.height}`);
  at = [value.width / 2, value.height / 2];
}

function mark(part, points) {
  const value = props.value || {}, radius = Math.max(value.width, value.height) / 40;
  part.querySelector("svg").replaceChildren(...points.flatMap(({ x, y, by }) => ["under", by].map((name) => {
    const ring = document.createElementNS(SVG, "circle");
    Object.entries({ cx: x + 0.5, cy: y + 0.5, r: radius, class: `ring ${name}` }).forEach(([key, v]) => ring.setAttribute(key, v));
    return ring;
  })));
}

async function ask(x, y) {
  at = next = [x, y];
  mark(painted, [{ x, y, by: "here" }]);
  while (!busy && next) {
    const [point, key] = [next, props.value.key];
    [next, busy] = [null, true];
    const answer = await server.asked({ key, x: point[0], y: point[1] }).finally(() => (busy = false));
    if (answer && key === props.value.key) told(answer);
  }
}

function told({ points, heat }) {
  mark(source, points);
  said.replaceChildren(...points.map(({ way, by }) => {
    const line = document.createElement("span");
    line.className = `way ${by}`;
    line.textContent = way;
    return line;
  }));
  heat ? (find(".heat").src = heat) : find(".heat").removeAttribute("src");
}

function point(event) {
  const box = painted.getBoundingClientRect(), { width, height } = props.value;
  const share = (value, start, length) => Math.min(Math.max((value - start) / length, 0), 0.999);
  ask(share(event.clientX, box.left, box.width) * width - 0.5, share(event.clientY, box.top, box.height) * height - 0.5);
}

painted.addEventListener("pointermove", point);
painted.addEventListener("pointerdown", point);
painted.addEventListener("keydown", (event) => {
  const way = KEYS[event.key], { width, height } = props.value;
  if (!way) return;
  event.preventDefault();
  const step = Math.max(width, height) / 50;
  ask(Math.min(Math.max(at[0] + way[0] * step, 0), width - 1), Math.min(Math.max(at[1] + way[1] * step, 0), height - 1));
});
find(".save").addEventListener("click", async () => {
  const link = document.createElement("a");
  link.href = await server.whole({ key: props.value.key });
  link.download = "zoo.png";
  link.click();
});
watch("value", show);
show();
