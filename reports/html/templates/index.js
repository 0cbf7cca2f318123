(function () {
  "use strict";
  var form = document.getElementById("filter"), query = document.getElementById("q"), shown = document.getElementById("shown");
  var boxes = Array.from(form.elements.v), rows = Array.from(document.querySelectorAll("tr.row"));
  var groups = Array.from(document.querySelectorAll("tr.situation")), total = document.querySelectorAll("a.cell").length;
  form.hidden = false;

  function show() {
    var words = query.value.toLowerCase().split(/\s+/).filter(Boolean);
    var wanted = boxes.filter(function (box) { return box.checked; }).map(function (box) { return box.value; });
    var count = 0;
    rows.forEach(function (row) {
      var text = words.every(function (word) { return row.dataset.search.includes(word); }), any = false;
      row.querySelectorAll("a.cell").forEach(function (cell) {
        var fits = text && (!wanted.length || wanted.includes(cell.dataset.verdict));
        cell.classList.toggle("faded", !fits);
        if (fits) { any = true; count += 1; }
      });
      row.hidden = !any;
    });
    groups.forEach(function (group) {
      var next = group.nextElementSibling, any = false;
      for (; next && !next.classList.contains("situation"); next = next.nextElementSibling) { any = any || !next.hidden; }
      group.hidden = !any;
    });
    shown.textContent = count === total ? total + " cases" : count + " of " + total + " cases";
    return wanted;
  }

  function remember() {
    var wanted = show(), state = new URLSearchParams();
    if (query.value) { state.set("q", query.value); }
    if (wanted.length) { state.set("v", wanted.join(",")); }
    history.replaceState(null, "", String(state) ? "#" + state : location.pathname + location.search);
  }

  function recall() {
    var state = new URLSearchParams(location.hash.slice(1)), wanted = (state.get("v") || "").split(",");
    query.value = state.get("q") || "";
    boxes.forEach(function (box) { box.checked = wanted.includes(box.value); });
    show();
  }

  form.addEventListener("input", remember);
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  window.addEventListener("hashchange", recall);
  document.addEventListener("keydown", function (event) {
    if (event.key === "/" && document.activeElement !== query) { event.preventDefault(); query.focus(); }
  });
  recall();
})();
