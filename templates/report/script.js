"use strict";
// Following a link opens the elements around its target.
const reveal = () => {
  const there = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!there) return;
  for (let at = there; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
  there.scrollIntoView();
};
addEventListener("hashchange", reveal);
reveal();

for (const button of document.querySelectorAll("button.copy")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const text = button.previousElementSibling;
    try {
      await navigator.clipboard.writeText(text.textContent);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(text);
      button.textContent = "Selected";
    }
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
}

for (const target of document.querySelectorAll(".target")) {
  const box = target.querySelector(".search");
  const [field, told] = [box.querySelector("input"), box.querySelector("output")];
  box.hidden = false;
  let items;
  field.addEventListener("input", () => {
    items ??= [...target.querySelectorAll(".case, .requirement")].map((item) => [item, item.textContent.toLowerCase()]);
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const [item, text] of items) {
      const hit = words.every((word) => text.includes(word));
      item.classList.toggle("miss", !hit);
      if (hit && item.classList.contains("case")) count += 1;
      if (hit && words.length) item.parentElement.closest("details").open = true;
    }
    told.textContent = words.length ? `${count} ${count === 1 ? "case" : "cases"}` : "";
  });
}
