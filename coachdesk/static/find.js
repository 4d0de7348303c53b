/* CoachDesk: a list answers while one types. Without scripts the same form is sent by its button. */
(function () {
  "use strict";
  Array.prototype.forEach.call(document.querySelectorAll("form[data-find]"), function (form) {
    var box = form.querySelector("input[type=search]"), last = box.value.trim(), asked = 0, wait;
    function put(page, name) {
      var here = document.querySelector(name), there = page.querySelector(name);
      if (here && there) { here.replaceChildren.apply(here, Array.prototype.slice.call(there.childNodes)); }
    }
    function find() {
      var text = box.value.trim(), mine, at;
      if (text === last || text.length === 1) { return; }
      last = text; mine = ++asked; at = form.action + "?" + new URLSearchParams(new FormData(form));
      fetch(at, { redirect: "error", cache: "no-store" }).then(function (answer) {
        if (!answer.ok) { throw new Error("not found"); }
        return answer.text();
      }).then(function (text) {
        if (mine !== asked) { return; } // more was typed meanwhile
        var page = new DOMParser().parseFromString(text, "text/html");
        put(page, "[data-count]"); put(page, "[data-found]");
        window.history.replaceState(null, "", at);
      }).catch(function () { last = null; }); // the button still sends the form
    }
    box.addEventListener("input", function () { clearTimeout(wait); wait = setTimeout(find, 500); });
  });
}());
