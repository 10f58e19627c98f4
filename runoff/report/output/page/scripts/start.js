// Run by the reader's browser: put into the page by runoff/report/output/html_page.py, which names the order.
// Show everything as it is at first, once all of the above is there.

wear(system.matches ? "dark" : "light");
weigh();
list();
recall();
follow();
for (const canvas of $$(".canvas[data-picture]")) near.observe(canvas);
window.runoff = { decide, weights, drawEverything, ready: true };
