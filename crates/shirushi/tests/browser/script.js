// What the tests ask of a page. It is put before each question; the page's own scripts do not see it.
const said = (node) => {
  const copy = node.cloneNode(true);
  for (const part of copy.querySelectorAll("rt, rp, .optional, [aria-hidden=true]")) part.remove();
  return copy.textContent.replace(/\s+/g, " ").trim();
};

const shown = (node) => node.checkVisibility({ visibilityProperty: true });

// The name by which a person asks for something that can be pressed or filled in.
const called = (node) => {
  if (node.labels && node.labels.length > 0) return said(node.labels[0]);
  return (node.getAttribute("aria-label") || node.matches("input[type=submit]") && node.value || said(node)).trim();
};

const PRESSABLE = "a[href], button, summary, input[type=submit], [role=button]";
const FIELDS = "input:not([type=hidden]):not([type=submit]), select, textarea";

// All that has this name; what stands in the page's own content goes before its frame.
const named = (selector, name) => {
  const all = [...document.querySelectorAll(selector)].filter((node) => shown(node) && called(node) === name);
  const inside = all.filter((node) => node.closest("main"));
  return inside.length > 0 ? inside : all;
};

const names = (selector) => [...document.querySelectorAll(selector)].filter(shown).map(called);

// What reaches beyond the right edge and is not in something that scrolls by itself.
const overflowing = () => {
  const root = document.scrollingElement;
  const found = [];
  if (root.scrollWidth > root.clientWidth) {
    found.push(`the page is ${root.scrollWidth} px wide in ${root.clientWidth} px`);
  }
  const scrolls = (node) => {
    for (let above = node; above && above !== document.body; above = above.parentElement) {
      if (["auto", "scroll"].includes(getComputedStyle(above).overflowX)) return true;
    }
    return false;
  };
  for (const node of document.body.querySelectorAll("*")) {
    if (!shown(node) || scrolls(node.parentElement)) continue;
    const edge = node.getBoundingClientRect();
    if (edge.width > 1 && edge.right > root.clientWidth + 1) {
      found.push(`${node.tagName.toLowerCase()}.${node.className} reaches to ${Math.round(edge.right)} px: ${said(node).slice(0, 60)}`);
    }
  }
  return found;
};

const measures = () => {
  const loads = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
  const paints = Object.fromEntries(performance.getEntriesByType("paint").map((paint) => [paint.name, paint.startTime]));
  if (document.readyState !== "complete" || !("first-contentful-paint" in paints)) return null;
  return {
    bytes: loads.reduce((sum, load) => sum + load.transferSize, 0),
    paint: paints["first-paint"],
    content: paints["first-contentful-paint"],
  };
};
