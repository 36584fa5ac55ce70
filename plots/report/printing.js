// On paper nothing can be opened or turned: everything is, before it is printed, and put back after.
"use strict";

let opened = [];

window.addEventListener("beforeprint", () => {
  opened = Array.from(document.querySelectorAll("details:not([open])"));
  for (const details of opened) details.open = true;
  for (const grid of grids) grid.print(true);
});

window.addEventListener("afterprint", () => {
  for (const details of opened) details.open = false;
  opened = [];
  for (const grid of grids) grid.print(false);
});
