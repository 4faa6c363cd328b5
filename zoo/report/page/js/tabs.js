// The tabs pattern: one tab stop, arrows go round, Home and End, the panel takes the tab's name.

function tabs(label, entries, style, first = 0) {
  if (entries.length === 1) return el("div", {}, entries[0].draw());
  const panel = el("div", { role: "tabpanel", id: freshId("panel"), tabindex: -1 });
  const buttons = entries.map((entry, place) =>
    el(
      "button",
      {
        type: "button", role: "tab", id: freshId("tab"), "aria-controls": panel.id,
        click: () => choose(place), keydown: (event) => step(event, place),
      },
      entry.name,
      entry.note && el("small", {}, entry.note),
    ),
  );

  function choose(place) {
    buttons.forEach((button, i) => {
      button.setAttribute("aria-selected", String(i === place));
      button.tabIndex = i === place ? 0 : -1;
    });
    panel.setAttribute("aria-labelledby", buttons[place].id);
    panel.replaceChildren(entries[place].draw());
  }

  function step(event, place) {
    const to = { ArrowRight: place + 1, ArrowLeft: place - 1, Home: 0, End: entries.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = (to + entries.length) % entries.length;
    choose(next);
    buttons[next].focus();
  }

  choose(first);
  return el("div", {}, el("div", { role: "tablist", "aria-label": label, class: `tabs ${style}` }, buttons), panel);
}
