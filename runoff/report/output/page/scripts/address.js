// Run by the reader's browser: put into the page by runoff/report/output/html_page.py, which names the order.
// What the reader chose stands in the address: a link says the same sentence, or shows a cell.

// A link to a cell shows it, whatever the filters were.
function follow() {
  const found = /^#cell-(\d+)$/.exec(location.hash);
  if (!found) return;
  for (const field of $$("select, input", filters)) field.value = "";
  all = true;
  opened.add(Number(found[1]));
  list();
  const row = $(location.hash);
  if (row) {
    row.scrollIntoView({ block: "center" });
    $(".open", row).focus({ preventScroll: true });
  }
}

const CHOSEN = "#?";

function fields() {
  return [$("#weight-task"), ...RULE.weights.map((weight) => $(`#weight-${weight.name}`)), ...$$("select, input", filters)];
}

const valueOf = (field) => (field.type === "checkbox" ? String(Number(field.checked)) : field.value);

function initialOf(field) {
  if (field.type === "checkbox") return String(Number(field.defaultChecked));
  if (field.tagName === "SELECT") return field.options[0].value;
  return field.defaultValue;
}

// The fields that are not as they were: share=30&filter-status=failed.
function chosen() {
  const moved = fields().filter((field) => valueOf(field) !== initialOf(field));
  return new URLSearchParams(moved.map((field) => [field.id.replace("weight-", ""), valueOf(field)])).toString();
}

function remember() {
  const words = chosen();
  if (words || location.hash.startsWith(CHOSEN)) history.replaceState(null, "", words ? CHOSEN + words : location.href.split("#")[0]);
}

function recall() {
  if (!location.hash.startsWith(CHOSEN)) return;
  const words = new URLSearchParams(location.hash.slice(CHOSEN.length));
  for (const field of fields()) {
    const asked = words.get(field.id.replace("weight-", ""));
    if (field.type === "checkbox") field.checked = (asked === null ? initialOf(field) : asked) === "1";
    else if (field.tagName !== "SELECT" || asked === null || [...field.options].some((option) => option.value === asked)) field.value = asked === null ? initialOf(field) : asked;
  }
  weigh();
  list();
}

addEventListener("hashchange", () => {
  recall();
  follow();
  remember();
});
