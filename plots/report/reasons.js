// The reason beside a missing value: shown beside it for the pointer and for the keyboard, put away by Escape.
"use strict";

for (const event of ["focusin", "mouseover"]) {
  document.addEventListener(event, (happened) => {
    const value = happened.target.closest?.(".missing");
    value?.classList.remove("quiet");
    if (value) place(value);
  });
}

// What scrolls, the page or a table, takes the reason with it.
document.addEventListener("scroll", () => {
  document.querySelectorAll(".missing:is(:hover, :focus)").forEach(place);
}, { capture: true, passive: true });

document.addEventListener("keydown", (pressed) => {
  if (pressed.key === "Escape") {
    for (const value of document.querySelectorAll(".missing:is(:hover, :focus)")) value.classList.add("quiet");
  }
});

// Below the value, or above where there is no room; within the window either way.
function place(value) {
  const reason = value.querySelector(".why");
  const at = value.getBoundingClientRect();
  const { width, height } = reason.getBoundingClientRect();
  const left = Math.max(8, Math.min(at.left, document.documentElement.clientWidth - width - 8));
  const below = at.bottom + 4;
  const top = below + height < document.documentElement.clientHeight ? below : Math.max(8, at.top - height - 4);
  value.style.setProperty("--x", `${left}px`);
  value.style.setProperty("--y", `${top}px`);
}
