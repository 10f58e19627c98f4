// Run by the reader's browser: put into the page by runoff/report/output/html_page.py, which names the order.
// Pictures: drawn when they come near the screen, in the room there is.

const AXES = 112; // pixels beside a picture: its axis, the axis' title and labels

function configuration() {
  const style = getComputedStyle(document.documentElement);
  const [ink, soft, line] = ["--ink", "--soft", "--line"].map((name) => style.getPropertyValue(name).trim());
  const font = getComputedStyle(document.body).fontFamily;
  const words = { labelColor: soft, titleColor: soft, labelFontSize: 11, titleFontSize: 11, titleFontWeight: "normal" };
  return {
    background: "transparent", font, view: { stroke: line },
    axis: { ...words, domainColor: line, tickColor: line, gridColor: line, gridOpacity: 0.55, labelLimit: 150, labelSeparation: 6 },
    header: { labelColor: ink, labelFontSize: 12, labelFontWeight: 600, labelAnchor: "start", labelLimit: 320 },
    legend: { ...words, orient: "bottom", columns: 2, labelLimit: 260, symbolStrokeColor: soft, symbolFillColor: soft },
    text: { color: ink }, rule: { color: soft },
  };
}

// The specification for the room there is: fewer facets side by side, and a narrower one where even one is too wide.
function fitted(specification, room) {
  const copy = structuredClone(specification);
  const width = copy.spec.width;
  const columns = Math.max(1, Math.min(copy.columns, Math.floor((room - AXES + 20) / (width + 20))));
  copy.columns = columns;
  copy.spec.width = columns === 1 ? Math.max(140, Math.min(room - AXES, 560)) : Math.floor((room - AXES + 20) / columns) - 20;
  return copy;
}

const drawn = new Map();

async function drawPicture(canvas) {
  const name = canvas.dataset.picture;
  const specification = fitted(specifications[name], canvas.clientWidth);
  const options = { actions: false, renderer: "svg", config: configuration(), ast: false, defaultStyle: false };
  (drawn.get(name) || { finalize() {} }).finalize();
  options.config.header.labelLimit = specification.spec.width;
  // What is drawn is for the eye; its title, the sentence below and the tables are for everyone.
  const inside = make("div", { "aria-hidden": "true" });
  canvas.replaceChildren(inside);
  let result = await vegaEmbed(inside, specification, options);
  for (let again = 0; again < 6; again++) { // axes and legends are as wide as their words: only drawing them tells
    const over = $("svg", inside).getBoundingClientRect().width - canvas.clientWidth;
    if (over <= 0) break;
    specification.spec.width = Math.max(80, specification.spec.width - Math.ceil(over / specification.columns) - 2);
    options.config.header.labelLimit = specification.spec.width;
    result.finalize();
    result = await vegaEmbed(inside, specification, options);
  }
  drawn.set(name, result);
  if (!$(".save", canvas.parentElement)) canvas.after(saves(name));
}

function saves(name) {
  const button = (type) => make("button", { type: "button", onclick: () => save(name, type) }, `Save as ${type.toUpperCase()}`);
  return make("p", { class: "save" }, button("svg"), button("png"));
}

async function save(name, type) {
  const url = await drawn.get(name).view.toImageURL(type, type === "png" ? 2 : 1);
  make("a", { href: url, download: `${name}.${type}` }).click();
}

// A picture is drawn when it comes near the screen, and again when the room or the theme changes.
const near = new IntersectionObserver((entries) => {
  for (const entry of entries) if (entry.isIntersecting && !drawn.has(entry.target.dataset.picture)) drawPicture(entry.target);
}, { rootMargin: "600px" });

function drawAll() {
  for (const canvas of $$(".canvas[data-picture]")) if (drawn.has(canvas.dataset.picture)) drawPicture(canvas);
}

async function drawEverything() {
  for (const folded of $$("details.folded")) folded.open = true; // what is folded has no room to be drawn in
  for (const canvas of $$(".canvas[data-picture]")) if (!drawn.has(canvas.dataset.picture)) await drawPicture(canvas);
}

let width = innerWidth;
let resized;
addEventListener("resize", () => {
  clearTimeout(resized);
  resized = setTimeout(() => { if (innerWidth !== width) { width = innerWidth; drawAll(); } }, 150);
});
addEventListener("beforeprint", () => { drawEverything(); });
