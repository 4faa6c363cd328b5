// A photo with the skeleton of somebody in it. Photos are dropped or picked; joints of a pose are dragged, or moved with the
// arrow keys, and what hangs on a joint goes with it. Joints are pixels of the photo, whose centres are whole numbers.
const SVG = "http://www.w3.org/2000/svg";
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const stage = element.querySelector(".stage"), input = element.querySelector("input"), picture = element.querySelector("svg");
const told = element.querySelector(".told"), fault = element.querySelector(".fault");
const below = props.names.map((_, joint) => [joint, ...hanging(joint)]); // a joint and what hangs on it
const above = Object.fromEntries(props.limbs.map(([start, end]) => [end, start]));
let size = [1, 1], reach = [], joints = [], circles = {}, lines = [];

function hanging(joint) {
  return props.limbs.filter(([start]) => start === joint).flatMap(([, end]) => [end, ...hanging(end)]);
}

function drawn(name, attributes, parent = picture) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return parent.appendChild(node);
}

function show() {
  const value = props.value || {};
  told.textContent = value.told || "";
  fault.textContent = value.fault || "";
  stage.classList.toggle("editable", props.editable);
  stage.classList.toggle("filled", Boolean(value.photo));
  picture.toggleAttribute("hidden", !value.photo);
  picture.replaceChildren();
  if (!value.photo) return;
  size = [value.width, value.height];
  reach = value.reach;
  joints = value.joints.map((joint) => joint && [...joint]);
  picture.setAttribute("viewBox", `0 0 ${size[0]} ${size[1]}`);
  drawn("image", { href: value.photo, width: size[0], height: size[1], preserveAspectRatio: "none" });
  lines = props.limbs.filter(([a, b]) => joints[a] && joints[b]).map(([a, b]) => {
    const shadow = drawn("line", { class: "shadow" });
    return { a, b, nodes: [shadow, drawn("line", { class: `limb ${side(b)}` })] };
  });
  circles = {};
  joints.forEach((joint, number) => joint && (circles[number] = handle(number)));
  place();
}

function side(joint) {
  return props.names[joint].slice(0, 2) === "l_" ? "left" : props.names[joint].slice(0, 2) === "r_" ? "right" : "middle";
}

function handle(number) {
  const radius = Math.max(...size) / 75;
  if (!props.editable) return drawn("circle", { class: `joint ${side(number)}`, r: radius / 2 });
  const name = props.names[number].replace("l_", "left ").replace("r_", "right ");
  const group = drawn("g", { class: "handle", tabindex: 0, role: "button", "aria-label": `${name}: drag, or move with the arrow keys`, "data-joint": props.names[number] });
  drawn("circle", { class: "reach", r: 2.5 * radius }, group);
  drawn("circle", { class: `joint ${side(number)}`, r: radius }, group);
  group.addEventListener("pointerdown", (event) => drag(event, number, group));
  group.addEventListener("keydown", (event) => press(event, number));
  return group;
}

function place() {
  for (const { a, b, nodes } of lines) for (const node of nodes) {
    [["x1", joints[a][0]], ["y1", joints[a][1]], ["x2", joints[b][0]], ["y2", joints[b][1]]].forEach(([key, value]) => node.setAttribute(key, value + 0.5));
  }
  for (const [number, node] of Object.entries(circles)) {
    node.setAttribute("transform", `translate(${joints[number][0] + 0.5} ${joints[number][1] + 0.5})`);
  }
}

function moved(number, x, y) {
  // No limb is longer than the body's own, and nothing leaves the photo, where it would count as not seen.
  const start = joints[above[number]], hung = below[number].filter((joint) => joints[joint]);
  if (start) {
    const far = Math.hypot(x - start[0], y - start[1]) / (reach[number] || Infinity);
    if (far > 1) [x, y] = [start[0] + (x - start[0]) / far, start[1] + (y - start[1]) / far];
  }
  const step = [x, y].map((to, axis) => {
    const places = hung.map((joint) => joints[joint][axis]);
    return Math.min(Math.max(to - joints[number][axis], -Math.min(...places)), size[axis] - 1 - Math.max(...places));
  });
  for (const joint of hung) joints[joint] = [joints[joint][0] + step[0], joints[joint][1] + step[1]];
  place();
}

function drag(event, number, group) {
  event.preventDefault();
  group.setPointerCapture(event.pointerId);
  group.classList.add("held");
  const scale = 1 / picture.getScreenCTM().a;
  const offset = [joints[number][0] - event.clientX * scale, joints[number][1] - event.clientY * scale];
  const before = [...joints[number]];
  const move = (to) => moved(number, to.clientX * scale + offset[0], to.clientY * scale + offset[1]);
  const drop = () => {
    group.classList.remove("held");
    group.removeEventListener("pointermove", move);
    if (joints[number].some((value, axis) => value !== before[axis])) pose();
  };
  group.addEventListener("pointermove", move);
  group.addEventListener("lostpointercapture", drop, { once: true });
}

function pose() {
  props.value = { ...props.value, joints: joints.map((joint) => joint && [...joint]) }; // or the same answer would change nothing
  trigger("posed", { joints });
}

let settled = 0;
function press(event, number) {
  const way = KEYS[event.key];
  if (!way) return;
  event.preventDefault();
  const step = Math.max(...size) / (event.shiftKey ? 20 : 100);
  moved(number, joints[number][0] + way[0] * step, joints[number][1] + way[1] * step);
  clearTimeout(settled);
  settled = setTimeout(pose, 400);
}

function take(file) {
  if (!file) return;
  if (file.size > props.megabytes * 2 ** 20) {
    const what = `${file.name} has ${Math.ceil(file.size / 2 ** 20)} MB`;
    fault.textContent = `${what}\n  where: the page\n  fix:   give a photo of at most ${props.megabytes} MB`;
    return;
  }
  props.value = { ...props.value, told: `looking at ${file.name} ...`, fault: "" };
  show();
  const reader = new FileReader();
  reader.addEventListener("load", () => trigger("photo", { name: file.name, data: reader.result.split(",")[1] || "" }));
  reader.readAsDataURL(file);
}

input.addEventListener("change", () => { take(input.files[0]); input.value = ""; });
stage.addEventListener("dragover", (event) => { event.preventDefault(); stage.classList.add("over"); });
stage.addEventListener("dragleave", () => stage.classList.remove("over"));
stage.addEventListener("drop", (event) => { event.preventDefault(); stage.classList.remove("over"); take(event.dataTransfer.files[0]); });
watch("value", show);
show();
