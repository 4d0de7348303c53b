/* CoachDesk: what pages do better with scripts. Every page works without. */
(function () {
  "use strict";
  var $ = function (selector, root) { return (root || document).querySelector(selector); };
  var each = function (selector, act) { Array.prototype.forEach.call(document.querySelectorAll(selector), act); };

  // The reader is led to what needs mending.
  var summary = $("#error-summary");
  if (summary) { summary.focus(); }

  // Drafts: kept on the server every five seconds while writing, and when the page is hidden.
  each("form[data-draft]", function (form) {
    var status = $("#draft-status", form), last = written(), busy = false;
    function written() { return new URLSearchParams(new FormData(form)).toString(); }
    function say(words, again) {
      if (!status) { return; }
      status.textContent = words;
      if (again) {
        var button = document.createElement("button");
        button.type = "button"; button.className = "btn quiet"; button.textContent = again;
        button.addEventListener("click", function () { keep(); });
        status.appendChild(button);
      }
    }
    function keep() {
      var now = written();
      if (busy || now === last || form.dataset.sent) { return; }
      busy = true;
      say(status ? status.dataset.saving : "");
      fetch(form.dataset.draft, {
        method: "POST", body: now, keepalive: now.length < 60000, redirect: "error",
        headers: { "Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json" }
      }).then(function (answer) {
        if (!answer.ok) { throw new Error("not kept"); }
        return answer.json();
      }).then(function (answer) {
        last = now; say(status.dataset.saved + " " + answer.saved);
      }).catch(function () { say(status.dataset.lost, form.dataset.again || "Try again"); }).then(function () { busy = false; });
    }
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

  // Keys: / finds a person, Esc closes what opened in place. Never while somebody is typing.
  function typing(element) { return /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName) || element.isContentEditable; }
  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape") {
      each("details.menu[open]", function (menu) { menu.open = false; $("summary", menu).focus(); });
    }
    if (event.key === "/" && !typing(event.target) && !event.ctrlKey && !event.metaKey && !event.altKey) {
      var find = $("#q") || $("#find-quick");
      if (find && find.offsetParent) { event.preventDefault(); find.focus(); }
    }
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

  each("[data-print]", function (button) { button.hidden = false; button.addEventListener("click", function () { window.print(); }); });
}());
