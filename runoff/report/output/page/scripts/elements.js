// Run by the reader's browser: put into the page by runoff/report/output/html_page.py, which names the order.
// Elements of the page and the numbers in them.

const read = (id) => JSON.parse(document.getElementById(id).textContent);
const data = read("data");
const specifications = read("specifications");
const colours = read("colours");
const $ = (selector, within = document) => within.querySelector(selector);
const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];

// An element with text and other elements in it; text is never taken as markup.
function make(tag, attributes = {}, ...inside) {
  const element = tag === "svg" || tag === "path" || tag === "title" ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== false) element.setAttribute(name, value);
  }
  element.append(...inside.filter((each) => each !== null && each !== ""));
  return element;
}

// Three significant digits, never an exponent: wording.py rounds the same way.
function short(value) {
  if (value >= 100) return value.toFixed(0);
  const text = Number(value.toPrecision(3)).toFixed(10);
  return text.replace(/0+$/, "").replace(/\.$/, "");
}

function estimate(value) {
  if (!value) return [make("span", {}, "–")];
  const [middle, low, high] = value;
  return low === null ? [short(middle)] : [short(middle), " ", make("span", { class: "interval" }, `[${short(low)}, ${short(high)}]`)];
}
