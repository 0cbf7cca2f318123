(function () {
  "use strict";
  const drawer = document.getElementById("drawer");
  const copy = document.getElementById("copy"), command = document.getElementById("command");
  let selected = null, kind = "e";

  function make(tag, style, ...children) {
    const made = document.createElement(tag);
    made.className = style;
    made.append(...children);
    return made;
  }
  function marks(n) {
    return ["e", "t", "l"].map((mark) => document.getElementById(mark + n)).filter(Boolean);
  }
  function paint(n, name, on) {
    if (n !== null) { marks(n).forEach((mark) => mark.classList.toggle(name, on)); }
  }
  function clauseRows(line) {
    const links = Array.from(line.querySelectorAll(".ref"));
    return links.map((link) => document.getElementById(decodeURIComponent(link.hash.slice(1)))).filter(Boolean);
  }
  function button(name, sign, act) {
    const made = make("button", "", sign);
    made.type = "button";
    made.setAttribute("aria-label", name);
    made.addEventListener("click", act);
    return made;
  }

  /* The drawer says of the selected event what the log says, with more room. */
  function bar(line) {
    const parts = [".at", ".who", "code"].map((part) => line.querySelector(part).cloneNode(true));
    const named = make("b", "num", "event " + selected);
    return make("div", "bar", named, ...parts, button("Event before", "\u2191", () => step(-1)),
      button("Event after", "\u2193", () => step(1)), button("Close", "\u00d7", close));
  }
  function resting(line) {
    const list = make("ul", "");
    line.querySelectorAll(".ref").forEach((link) => {
      const row = document.getElementById(decodeURIComponent(link.hash.slice(1)));
      const sentence = row ? row.querySelector(".sentence") || row.querySelector("th") : null;
      list.append(make("li", "", link.cloneNode(true), make("span", "", sentence ? sentence.textContent : "")));
    });
    return list.children.length ? list : make("p", "muted", "No clause rests on this event.");
  }
  function recorded(line) {
    const source = line.querySelector(".src"), text = source ? source.querySelector("pre") : null;
    if (text) {
      const shown = text.cloneNode(true);
      shown.classList.toggle("frame", line.classList.contains("wire"));
      return [make("h3", "", "Recorded in " + source.querySelector("summary").textContent), shown];
    }
    return [make("h3", "", "Recorded by"), make("p", "muted", source ? source.textContent : "the lab itself")];
  }
  function fill(line) {
    const clauses = make("div", "", make("h3", "", "Clauses that rest on it"), resting(line));
    drawer.replaceChildren(bar(line), make("div", "sides", clauses, make("div", "", ...recorded(line))));
  }

  function clear() {
    paint(selected, "selected", false);
    document.querySelectorAll("tr.rests").forEach((row) => row.classList.remove("rests"));
  }
  function close() {
    clear();
    selected = null;
    drawer.hidden = true;
    document.body.classList.remove("picking");
    history.replaceState(null, "", location.pathname + location.search);
  }
  function select(n, from) {
    const line = document.getElementById("l" + n);
    if (!line) { return; }
    clear();
    selected = n;
    kind = from;
    paint(n, "selected", true);
    clauseRows(line).forEach((row) => row.classList.add("rests"));
    fill(line);
    drawer.hidden = from === "l";
    document.body.classList.toggle("picking", from !== "l");
    history.replaceState(null, "", "#" + from + n);
  }
  function step(by) {
    const next = document.getElementById(kind + (Number(selected) + by));
    if (!next) { return; }
    select(next.dataset.n, kind);
    if (next.closest("svg")) { next.focus({ preventScroll: true }); }
    next.scrollIntoView({ block: "center", inline: "nearest" });
  }
  function show(n) {
    const mark = document.getElementById("e" + n);
    document.getElementById("evenly").checked = true;
    if (mark) { mark.scrollIntoView({ block: "center", inline: "nearest" }); }
    select(n, "e");
  }
  function recall() {
    const found = /^#([elt])(\d+)$/.exec(location.hash);
    if (!found) { return; }
    if (found[1] === "t") { document.getElementById("truly").checked = true; }
    select(found[2], found[1]);
    marks(found[2]).filter((mark) => mark.id[0] === found[1]).forEach((mark) => mark.scrollIntoView({ block: "center" }));
  }

  function numbered(target) {
    return target instanceof Element ? target.closest("[data-n]") : null;
  }
  ["pointerover", "pointerout"].forEach((name) => document.addEventListener(name, (event) => {
    const found = numbered(event.target);
    if (found) { paint(found.dataset.n, "near", name === "pointerover"); }
  }));
  document.addEventListener("click", (event) => {
    const found = numbered(event.target);
    if (!found || event.target.closest(".ref, .src")) { return; }
    if (found.classList.contains("event")) {
      event.preventDefault();
      select(found.dataset.n, found.id[0]);
    } else if (event.target.closest("a.ev, a.hop")) {
      event.preventDefault();
      show(found.dataset.n);
    }
  });
  document.addEventListener("keydown", (event) => {
    const by = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    const mark = event.target instanceof Element ? event.target.closest(".event") : null;
    if (event.key === "Escape" && selected !== null) { close(); }
    if (event.target instanceof HTMLInputElement) { return; }
    if (!by || event.ctrlKey || event.altKey || event.metaKey) { return; }
    if (mark && selected === null) { select(mark.dataset.n, mark.id[0]); }
    if (selected !== null) { event.preventDefault(); step(by); }
  });
  window.addEventListener("hashchange", recall);
  /* A browser may refuse the clipboard: then the command is at least chosen, ready for the keyboard. */
  copy.hidden = false;
  copy.addEventListener("click", () => {
    const refused = () => { getSelection().selectAllChildren(command); copy.textContent = "Selected"; };
    if (!navigator.clipboard) { refused(); return; }
    navigator.clipboard.writeText(command.textContent).then(() => { copy.textContent = "Copied"; }, refused);
  });
  recall();
})();
