// Run by the reader's browser: put into the page by runoff/report/output/html_page.py, which names the order.
// One colour and one shape for each interpreter.

const SHAPES = {
  circle: "M6 1a5 5 0 1 0 .01 0z",
  diamond: "M6 0l6 6-6 6-6-6z",
  square: "M1 1h10v10h-10z",
  "triangle-up": "M6 1l5.6 10h-11.2z",
};

function draw(mark, label) {
  const [colour, shape] = colours[label] || ["gray", "circle"];
  mark.append(make("path", { d: SHAPES[shape], fill: colour }));
}

function named(label) {
  const mark = make("svg", { class: "mark", viewBox: "0 0 12 12", "aria-hidden": "true" });
  draw(mark, label);
  const end = data.ended[label];
  return make("span", { class: end ? "interpreter ended" : "interpreter", title: end ? `past its end of support, ${end}` : null }, mark, label);
}

for (const mark of $$("svg[data-mark]")) draw(mark, mark.dataset.mark);
