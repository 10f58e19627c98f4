// Run by the reader's browser: put into the page by runoff/report/output/html_page.py, which names the order.
// Light and dark.

const theme = $("#theme");
const system = matchMedia("(prefers-color-scheme: dark)");

function wear(name) {
  document.documentElement.dataset.theme = name;
  theme.textContent = name === "dark" ? "Light" : "Dark";
  drawAll();
}

theme.hidden = false;
theme.addEventListener("click", () => wear(document.documentElement.dataset.theme === "dark" ? "light" : "dark"));
system.addEventListener("change", () => wear(system.matches ? "dark" : "light"));
