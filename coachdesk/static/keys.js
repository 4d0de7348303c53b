/* A letter goes where the page says; loaded for whoever has that on. */
(() => {
  const body = document.body, ways = JSON.parse(body.dataset.keys);
  let first = "", begun, pause;
  // Whoever has begun to write is not taken away from it.
  document.addEventListener("input", event => { begun = begun || event.target.closest("[method=post]"); });
  const go = to => { if (to && !begun) { location.href = to; } };
  const show = () => fetch(ways["?"]).then(answer => answer.text()).then(text => {
    const sheet = document.createElement("dialog");
    sheet.appendChild(new DOMParser().parseFromString(text, "text/html").getElementById("keys"));
    sheet.setAttribute("aria-labelledby", "h-keys");
    sheet.onclose = () => sheet.remove();
    body.appendChild(sheet).showModal();
  }).catch(() => go(ways["?"]));
  document.addEventListener("keydown", event => {
    const key = first + event.key;
    if (key.endsWith("Shift")) { return; }
    clearTimeout(pause);
    first = "";
    if (event.shiftKey && event.key > "@" || event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.target.closest("input, select, textarea, dialog")) { return; }
    if (key === "g") {
      first = "g ";
      pause = setTimeout(() => { first = ""; }, 1500);
    } else if (key === "/") {
      const box = [...document.querySelectorAll("input[data-find]")].filter(found => found.offsetParent).pop();
      event.preventDefault();
      if (box) { box.select(); } else { go(ways[key]); }
    } else if (key === "?") {
      show();
    } else {
      const link = key === "c" && document.querySelector("[data-key]");
      go(link ? link.href : ways[key]);
    }
  });
})();
