// What two rows painted for the same pairs, one laid over the other, with a divider to drag.

const paintedRows = (arena) => arena.rows.filter((row) => row.painted);
const imageOf = (place) => `data:image/png;base64,${BOARD.images[place]}`;

function pictures(arena, view) {
  const rows = paintedRows(arena);
  const content = el("div", { class: "compared" });
  const options = rows.map((row, i) => [String(i), seeded(row)]);
  const redraw = () => content.replaceChildren(...drawPairs(rows[Number(view.left)], rows[Number(view.right)], view));
  const tools = el(
    "div",
    { class: "tools" },
    choice("Left of the divider", options, view.left, (key) => { view.left = key; redraw(); }),
    choice("right of it", options, view.right, (key) => { view.right = key; redraw(); }),
  );
  redraw();
  return el("div", {}, tools, el("p", { class: "note" }, "Drag a divider, or move it with the arrow keys: all of them move together."), content);
}

function drawPairs(left, right, view) {
  const theirs = new Map(right.painted.map((pair) => [pair[0], pair]));
  const both = left.painted.filter(([name]) => theirs.has(name));
  if (!both.length) return [el("p", { class: "note" }, "These two were not painted for the same pairs.")];
  const sliders = [];
  const moved = (share) => {
    view.share = share;
    for (const place of sliders) place(share);
  };
  return both.map(([name, source, pose, ours, truth]) => {
    const slider = dividedPicture(name, [imageOf(ours), seeded(left)], [imageOf(theirs.get(name)[3]), seeded(right)], moved, view.share);
    sliders.push(slider.place);
    return el(
      "figure",
      { class: "pair" },
      el(
        "div",
        { class: "row" },
        still("source", source, name), still("pose", pose, name),
        el("div", {}, slider.element, el("small", { class: "sides" }, el("span", {}, left.title), el("span", {}, right.title))),
        truth != null && still("truth", truth, name),
      ),
      el("figcaption", {}, name),
    );
  });
}

const still = (label, place, name) => el("div", {}, el("img", { src: imageOf(place), alt: `${label} of ${name}` }), el("small", {}, label));

// Two pictures in one frame. The range over them is what moves the divider, by the mouse and by the keyboard.
function dividedPicture(name, [leftImage, leftName], [rightImage, rightName], onmove, share) {
  const top = el("img", { src: leftImage, alt: `${name} by ${leftName}` });
  const line = el("span", { class: "line" });
  const range = el("input", {
    type: "range", min: 0, max: 100, value: share, "aria-label": `Divider of ${name}`,
    input: () => onmove(Number(range.value)),
  });
  const place = (to) => {
    range.value = to;
    range.setAttribute("aria-valuetext", `${to} % ${leftName}, ${100 - to} % ${rightName}`);
    top.style.clipPath = `inset(0 ${100 - to}% 0 0)`;
    line.style.left = `${to}%`;
  };
  place(share);
  return { element: el("div", { class: "divided" }, el("img", { src: rightImage, alt: `${name} by ${rightName}` }), top, line, range), place };
}
