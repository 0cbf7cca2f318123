(function () {
  "use strict";
  const form = document.getElementById("filter"), shown = document.getElementById("shown"), says = document.getElementById("says");
  const query = document.getElementById("q"), clause = document.getElementById("c"), situation = document.getElementById("s");
  const boxes = Array.from(form.elements.v), total = document.querySelectorAll("a.cell").length;
  const WORDS = { p: "pass", f: "fail", i: "inconclusive", n: "not_applicable" };
  const SIGNS = { pass: "\u2713", fail: "\u2717", inconclusive: "?", not_applicable: "\u2013" };
  const VERDICTS = Object.keys(SIGNS);
  const sentences = new Map(Array.from(document.querySelectorAll("template.sentence"), (one) => [one.dataset.id, one.content.textContent]));
  const tables = Array.from(document.querySelectorAll("table.matrix"), (table) => ({
    table, clauses: table.dataset.clauses.split(" "),
    groups: Array.from(table.querySelectorAll("tr.situation")),
    rows: Array.from(table.querySelectorAll("tr.row"), (row) => ({ row, cells: Array.from(row.querySelectorAll("a.cell")) })),
  }));
  let current = null, painted = false;

  /* What a cell shows: its verdict or, where a clause is chosen, what that clause says of the case. */
  function verdictOf(cell, place) {
    return place < 0 ? cell.dataset.verdict : WORDS[cell.dataset.said[place]] || "";
  }
  function paint(cell, verdict, place) {
    const mark = cell.querySelector(".mark"), by = cell.querySelector(".by");
    VERDICTS.forEach((name) => cell.classList.toggle(name, name === verdict));
    mark.textContent = SIGNS[verdict] || "";
    if (by) { by.hidden = place >= 0; }
  }
  function filterTable(one, wish) {
    const place = wish.clause ? one.clauses.indexOf(wish.clause) : -1, foreign = wish.clause && place < 0;
    let count = 0;
    one.rows.forEach(({ row, cells }) => {
      const text = !foreign && wish.words.every((word) => row.dataset.search.includes(word))
        && (!wish.situation || row.dataset.situation === wish.situation);
      let any = false;
      cells.forEach((cell) => {
        const verdict = verdictOf(cell, place), fits = text && (!wish.verdicts.length || wish.verdicts.includes(verdict));
        if (painted || wish.clause) { paint(cell, verdict, place); }
        cell.classList.toggle("faded", !fits);
        if (fits) { any = true; count += 1; }
      });
      row.hidden = !any;
    });
    one.groups.forEach((group) => {
      let next = group.nextElementSibling, any = false;
      for (; next && !next.classList.contains("situation"); next = next.nextElementSibling) { any = any || !next.hidden; }
      group.hidden = !any;
    });
    one.table.closest(".spec-cases").hidden = !count;
    return count;
  }
  function wished() {
    return {
      words: query.value.toLowerCase().split(/\s+/).filter(Boolean), clause: clause.value, situation: situation.value,
      verdicts: boxes.filter((box) => box.checked).map((box) => box.value),
    };
  }
  function show() {
    const wish = wished(), count = tables.reduce((sum, one) => sum + filterTable(one, wish), 0);
    painted = Boolean(wish.clause);
    shown.textContent = count === total ? total + " cases" : count + " of " + total + " cases";
    says.hidden = !wish.clause;
    says.textContent = wish.clause ? wish.clause + ": " + (sentences.get(wish.clause) || "") : "";
    focusable();
    return wish;
  }
  function remember() {
    const wish = show(), state = new URLSearchParams();
    if (query.value) { state.set("q", query.value); }
    if (wish.clause) { state.set("c", wish.clause); }
    if (wish.situation) { state.set("s", wish.situation); }
    if (wish.verdicts.length) { state.set("v", wish.verdicts.join(",")); }
    history.replaceState(null, "", String(state) ? "#" + state : location.pathname + location.search);
  }
  function recall() {
    const state = new URLSearchParams(location.hash.slice(1)), verdicts = (state.get("v") || "").split(",");
    query.value = state.get("q") || "";
    clause.value = state.get("c") || "";
    situation.value = state.get("s") || "";
    boxes.forEach((box) => { box.checked = verdicts.includes(box.value); });
    show();
  }

  /* The cells are one stop of the tabulator; from there the arrow keys go on. */
  function visible() {
    return tables.flatMap((one) => one.rows.filter(({ row }) => !row.hidden).map(({ cells }) => cells));
  }
  function focusable() {
    const cells = visible().flat();
    if (!cells.includes(current)) { current = cells[0] || null; }
    document.querySelectorAll("a.cell").forEach((cell) => { cell.tabIndex = cell === current ? 0 : -1; });
  }
  function move(key) {
    const rows = visible(), row = rows.findIndex((cells) => cells.includes(current)), column = rows[row].indexOf(current);
    const down = { ArrowDown: 1, ArrowUp: -1 }[key] || 0, right = { ArrowRight: 1, ArrowLeft: -1 }[key] || 0;
    const target = rows[row + down], next = target && target[down ? Math.min(column, target.length - 1) : column + right];
    if (!next) { return; }
    current.tabIndex = -1;
    current = next;
    current.tabIndex = 0;
    current.focus();
  }

  form.hidden = false;
  document.querySelectorAll(".keys").forEach((keys) => { keys.hidden = false; });
  form.addEventListener("input", remember);
  form.addEventListener("submit", (event) => event.preventDefault());
  window.addEventListener("hashchange", recall);
  document.addEventListener("focusin", (event) => {
    if (event.target.classList.contains("cell")) { current = event.target; }
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) { return; }
    const typing = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
    if (event.key === "/" && !typing) { event.preventDefault(); query.focus(); }
    if (event.key.startsWith("Arrow") && event.target.classList.contains("cell")) { event.preventDefault(); move(event.key); }
  });
  recall();
})();
