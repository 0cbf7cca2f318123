/* Looks over a page for text that weak eyes cannot tell from its ground, drawings included; returns complaints. */
(() => {
  "use strict";
  const complaints = [];
  const say = (what, element) => complaints.push(what + ": " + element.outerHTML.slice(0, 120));

  function channel(value) {
    const part = value / 255;
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }
  function luminance([r, g, b]) {
    return 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  }
  function colour(text) {
    const canvas = colour.canvas ||= new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = text;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  }
  function ground(element) {
    for (let at = element; at; at = at.parentElement) {
      const [r, g, b, a] = colour(getComputedStyle(at).backgroundColor);
      if (a > 0.99) { return [r, g, b]; }
    }
    return [255, 255, 255];
  }
  function contrast(one, other) {
    const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  }

  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement, style = getComputedStyle(element);
    const faded = element.closest(".faded, [hidden], script, template, option, .word, [aria-hidden=true]");
    if (!walker.currentNode.textContent.trim() || faded || !element.getClientRects().length) { continue; }
    const drawn = element.closest("svg");
    const paper = drawn ? ground(drawn.parentElement) : ground(element);
    const ratio = contrast(colour(drawn ? style.fill : style.color), paper);
    if (ratio < 4.5) { say("contrast " + ratio.toFixed(2), element); }
  }
  return Array.from(new Set(complaints));
})();
