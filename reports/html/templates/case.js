(function () {
  "use strict";
  var drawer = document.getElementById("drawer"), selected = null;
  var copy = document.getElementById("copy"), command = document.getElementById("command");

  function marks(n) {
    return ["e", "t", "l"].map(function (kind) { return document.getElementById(kind + n); }).filter(Boolean);
  }
  function paint(n, name, on) {
    if (n !== null) { marks(n).forEach(function (mark) { mark.classList.toggle(name, on); }); }
  }
  function close() {
    paint(selected, "selected", false);
    selected = null;
    drawer.hidden = true;
  }
  function select(n, kind) {
    var line = document.getElementById("l" + n);
    if (!line) { return; }
    paint(selected, "selected", false);
    selected = n;
    paint(n, "selected", true);
    drawer.replaceChildren.apply(drawer, Array.from(line.childNodes).map(function (node) { return node.cloneNode(true); }));
    drawer.hidden = kind === "l";
    history.replaceState(null, "", "#" + kind + n);
  }
  function numbered(target) {
    return target instanceof Element ? target.closest("[data-n]") : null;
  }
  function recall() {
    var found = /^#([elt])(\d+)$/.exec(location.hash);
    if (found) { select(found[2], found[1]); }
  }
  function reveal(n) {
    var mark = document.getElementById("e" + n);
    if (mark && mark.getClientRects().length) { mark.scrollIntoView({ block: "center", inline: "nearest" }); }
  }

  document.addEventListener("pointerover", function (event) {
    var found = numbered(event.target);
    if (found) { paint(found.dataset.n, "near", true); }
  });
  document.addEventListener("pointerout", function (event) {
    var found = numbered(event.target);
    if (found) { paint(found.dataset.n, "near", false); }
  });
  document.addEventListener("click", function (event) {
    var found = numbered(event.target), link = event.target instanceof Element ? event.target.closest("a") : null;
    if (!found) { return; }
    if (found.closest("svg")) {
      event.preventDefault();
      select(found.dataset.n, found.id[0]);
    } else if (link && link.classList.contains("ev")) {
      event.preventDefault();
      document.getElementById("evenly").checked = true;
      select(found.dataset.n, "e");
      reveal(found.dataset.n);
    }
  });
  document.addEventListener("keydown", function (event) {
    var step = { ArrowDown: 1, ArrowUp: -1 }[event.key], mark;
    if (event.key === "Escape") { close(); }
    if (!step || selected === null) { return; }
    mark = document.getElementById("e" + (Number(selected) + step));
    if (mark) {
      event.preventDefault();
      select(mark.dataset.n, "e");
      mark.focus({ preventScroll: true });
      mark.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
  });
  window.addEventListener("hashchange", recall);
  if (navigator.clipboard) {
    copy.hidden = false;
    copy.addEventListener("click", function () {
      navigator.clipboard.writeText(command.textContent).then(function () { copy.textContent = "Copied"; });
    });
  }
  recall();
})();
