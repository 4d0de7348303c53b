/* CoachDesk: what pages do better with scripts. Every page works without. */
(function () {
  "use strict";
  var $ = function (selector, root) { return (root || document).querySelector(selector); };
  var each = function (selector, act) { Array.prototype.forEach.call(document.querySelectorAll(selector), act); };

  // The reader is led to what needs mending.
  var summary = $("#error-summary");
  if (summary) { summary.focus(); }

  // What is written is never sent into a closed door: after a pause the page first asks whether its reader is still
  // signed in, takes a fresh token where they are, and says what to do where they are not.
  var main = $("main"), heard = Date.now(), PAUSE = 5 * 60 * 1000;
  function ask() {
    return fetch(main.dataset.ask, { redirect: "manual", cache: "no-store" }).then(function (answer) {
      if (answer.type === "opaqueredirect") { throw new Error("out"); }
      return answer.json();
    }).then(function (found) {
      each("input[name=csrf_token]", function (input) { input.value = found.token; });
      heard = Date.now();
    });
  }
  function explain(form, fault, again) {
    var place = $("[data-saved]", form) || $(".unsent", form), why = fault.message, out = why === "out", button = document.createElement("button");
    if (!place) {
      place = document.createElement("p"); place.className = "flash info unsent"; place.setAttribute("role", "status");
      form.appendChild(place);
    }
    place.textContent = main.dataset[main.dataset[why] ? why : "lost"] + " ";
    if (why === "gone") { return; } heard = 0;
    if (out) {
      var door = document.createElement("a");
      door.className = "link"; door.href = main.dataset.door; door.target = "_blank"; door.rel = "noopener"; door.textContent = main.dataset["in"];
      place.appendChild(door);
    }
    button.type = "button"; button.className = "btn quiet"; button.textContent = main.dataset.again;
    button.addEventListener("click", again);
    place.appendChild(button);
  }
  document.addEventListener("submit", function (event) {
    var form = event.target, button = event.submitter;
    if (form.method !== "post" || !$("textarea, input:not([type=hidden])", form) || (Date.now() - heard < PAUSE && navigator.onLine) || !main.dataset.out) { return; }
    event.preventDefault();
    ask().then(function () { form.requestSubmit(button); }, function (fault) {
      delete form.dataset.sent;
      explain(form, fault, function () { form.requestSubmit(button); });
    });
  });

  // Drafts: every long form is kept on the server every five seconds while writing, and when the page is hidden.
  each("input[data-keep]", function (note) {
    var form = note.form, status = $("[data-saved]", form) || {dataset: {}}, last = written(), now, busy = false, over = false;
    function written() { return new URLSearchParams(new FormData(form)).toString(); }
    function send() {
      now = written();
      return fetch(note.dataset.keep, {
        method: "POST", body: now, keepalive: now.length < 60000, redirect: "error",
        headers: { "Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json" }
      }).then(function (answer) {
        if (!answer.ok) { throw new Error(answer.status === 404 ? "gone" : "not kept"); }
        return answer.json();
      });
    }
    function keep() {
      if (busy || over || written() === last || form.dataset.sent) { return; }
      busy = true;
      status.textContent = status.dataset.saving;
      return send().catch(function (fault) { if (fault.message === "gone") { throw fault; } return ask().then(send); }).then(function (answer) {
        heard = Date.now(); last = now; status.textContent = answer.saved ? status.dataset.saved + " " + answer.saved : ""; offer(answer.hints || []);
      }).catch(function (fault) { over = fault.message === "gone"; explain(form, fault, keep); }).then(function () { busy = false; if (document.hidden && last === now) { keep(); } });
    }
    // A kinder word is offered; keeping one's own closes it until another is met.
    var box = $("[data-hints]", form), said = "", kept;
    if (box) { $("button", box).onclick = function () { kept = said; box.hidden = true; }; }
    function offer(hints) { if (box) { $("p", box).textContent = said = hints.join(" "); box.hidden = !said || said === kept; } }
    // Whoever leaves by a link finds on Today what they typed just now: the link waits for it, for a moment.
    document.addEventListener("click", function (event) {
      var link = event.target.closest("a[href]"), plain = link && !link.target && link.origin === location.origin && !(link.hash && link.pathname === location.pathname);
      var kept = plain && navigator.onLine && !(event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey) && keep();
      if (kept) { event.preventDefault(); Promise.race([kept, new Promise(function (on) { setTimeout(on, 700); })]).then(function () { location.href = link.href; }); }
    });
    setInterval(keep, 5000);
    document.addEventListener("visibilitychange", function () { if (document.hidden) { keep(); } });
    form.addEventListener("submit", function () { form.dataset.sent = "yes"; });
    window.addEventListener("pageshow", function () { delete form.dataset.sent; });
  });

  // A form is sent once: its button rests until the next page is here.
  document.addEventListener("submit", function (event) {
    var button = event.submitter;
    if (event.defaultPrevented || !button || event.target.method !== "post") { return; }
    setTimeout(function () { button.disabled = true; }, 0);
    window.addEventListener("pageshow", function () { button.disabled = false; });
  });

  // Esc closes what opened in place.
  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape") { each("details.menu[open]", function (menu) { menu.open = false; $("summary", menu).focus(); }); }
  });

  // Leave: the page is replaced, so that Back does not come here; Shift three times does the same.
  var leave = $("#leave"), shifts = [];
  if (leave) {
    var away = function (event) { event.preventDefault(); window.location.replace(leave.href); };
    leave.addEventListener("click", away);
    document.addEventListener("keyup", function (event) {
      if (event.key !== "Shift") { shifts = []; return; }
      shifts = shifts.concat(event.timeStamp).slice(-3);
      if (shifts.length === 3 && shifts[2] - shifts[0] < 2000) { away(event); }
    });
  }

  each(".tabs [aria-current]", function (tab) { tab.closest("ul").scrollLeft = tab.parentNode.offsetLeft - tab.closest("ul").offsetLeft - 24; });
  each("[data-select]", function (box) { box.addEventListener("focus", function () { box.select(); }); });
  each("[data-copy]", function (button) {
    button.hidden = !navigator.clipboard;
    button.addEventListener("click", function () { navigator.clipboard.writeText($(button.dataset.copy).value).then(function () { button.textContent = button.dataset.done; }); });
  });
  each("[data-print]", function (button) { button.hidden = false; button.addEventListener("click", function () { window.print(); }); });
}());
