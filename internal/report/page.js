"use strict";
(() => {
  const table = document.getElementById("class-table");
  const headers = [...table.tHead.rows[0].cells];
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const compareText = new Intl.Collator(undefined, { numeric: true }).compare;

  // A column of numbers starts with the largest; what is no number comes last.
  function sortBy(column, direction) {
    const number = headers[column].classList.contains("n");
    const keys = new Map(rows.map(row => {
      const text = row.cells[column].textContent.trim();
      return [row, number ? parseFloat(text.replace(/,/g, "")) : text];
    }));
    const sign = direction === "ascending" ? 1 : -1;
    const sorted = [...rows].sort((r, s) => {
      const a = keys.get(r), b = keys.get(s);
      if (!number) return sign * compareText(a, b);
      return Number.isNaN(a) - Number.isNaN(b) || sign * (a - b) || 0;
    });
    body.append(...sorted);
    for (const header of headers) header.removeAttribute("aria-sort");
    headers[column].setAttribute("aria-sort", direction);
  }

  headers.forEach((header, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...header.childNodes);
    header.append(button);
    const first = header.classList.contains("n") ? "descending" : "ascending";
    const second = first === "ascending" ? "descending" : "ascending";
    button.addEventListener("click", () => sortBy(column, header.getAttribute("aria-sort") === first ? second : first));
  });

  const form = document.getElementById("filter");
  const words = document.getElementById("words");
  const group = document.getElementById("group");
  const shown = document.getElementById("shown");
  const plain = text => text.normalize("NFKC").toLowerCase();
  const columnOf = name => headers.findIndex(header => header.textContent.trim() === name);
  const groupColumn = columnOf("group");
  const named = [columnOf("class"), columnOf("supercategory")].filter(column => column >= 0);
  const contents = rows.map(row => named.map(column => plain(row.cells[column].textContent)).join("\n"));

  function filter() {
    const wanted = plain(words.value.trim());
    let count = 0;
    rows.forEach((row, i) => {
      const visible = contents[i].includes(wanted) &&
        (group.value === "" || row.cells[groupColumn].textContent.trim() === group.value);
      row.hidden = !visible;
      if (visible) count++;
    });
    shown.value = count === rows.length ? "" : `${count.toLocaleString("en")} of ${rows.length.toLocaleString("en")}`;
  }
  words.addEventListener("input", filter);
  group.addEventListener("input", filter);
  form.addEventListener("submit", event => event.preventDefault());
  form.hidden = false;
  filter();
})();
