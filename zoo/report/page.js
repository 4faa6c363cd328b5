"use strict";
// Every head of a leaderboard sorts its table; the page reads the same without.
const value = (row, i) => row.cells[i].dataset.v ?? row.cells[i].textContent;
const compare = (a, b) => (isNaN(a) || isNaN(b) ? a.localeCompare(b) : a - b);

function sort(table, head) {
  const i = head.cellIndex;
  const up = head.getAttribute("aria-sort") !== "ascending";
  for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", up ? "ascending" : "descending");
  const rows = [...table.tBodies[0].rows];
  const known = rows.filter((row) => value(row, i) !== "").sort((a, b) => compare(value(a, i), value(b, i)) * (up ? 1 : -1));
  table.tBodies[0].append(...known, ...rows.filter((row) => value(row, i) === ""));
}

for (const table of document.querySelectorAll("table.board")) {
  for (const head of table.tHead.rows[0].cells) {
    head.classList.add("sortable");
    head.tabIndex = 0;
    head.addEventListener("click", () => sort(table, head));
    head.addEventListener("keydown", (event) => event.key === "Enter" && sort(table, head));
  }
}
const open = () => document.getElementById(location.hash.slice(1))?.setAttribute("open", "");
addEventListener("hashchange", open);
open();
