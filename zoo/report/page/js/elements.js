// Elements are made here and nowhere else; whatever a record says stays text.

function el(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

function svg(name, attributes = {}, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

// A function is a listener, true an empty attribute, false or null none.
function filled(made, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(key, value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value != null) made.setAttribute(key, value);
  }
  made.append(...children.flat(Infinity).filter((child) => child != null && child !== false));
  return made;
}

let named = 0;
const freshId = (stem) => `${stem}-${++named}`;

// A labelled select; `options` are [value, text].
function choice(label, options, chosen, onchange) {
  const select = el("select", { change: () => onchange(select.value) });
  for (const [value, text] of options) select.append(el("option", { value, selected: value === chosen }, text));
  return el("label", { class: "choice" }, el("span", {}, label), select);
}

// Content that is folded away until it is asked for.
function fold(summary, ...content) {
  return el("details", {}, el("summary", {}, summary), ...content);
}

function facts(pairs) {
  const told = pairs.filter(([, value]) => value != null && value !== "");
  return el("dl", { class: "facts" }, told.map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
}

// A plain table. Heads are texts; the first cell of a row is its head; a number stands right.
function simpleTable(caption, heads, rows) {
  const aligned = (i) => (rows.length && rows.every((row) => /^[–−+\d.]/.test(row[i]?.textContent ?? row[i] ?? "–")) ? "number" : null);
  const classes = heads.map((_, i) => (i ? aligned(i) : null));
  const head = el("tr", {}, heads.map((text, i) => el("th", { scope: "col", class: classes[i] }, text)));
  const body = rows.map((row) =>
    el("tr", {}, row.map((cell, i) => (i ? el("td", { class: classes[i] }, cell) : el("th", { scope: "row" }, cell)))),
  );
  const table = el("table", { class: "simple" }, el("caption", {}, caption), el("thead", {}, head), el("tbody", {}, body));
  return el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": caption }, table);
}
