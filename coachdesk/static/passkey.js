/* CoachDesk, passkeys: what the server asks goes to the device, what the device answers goes back in the form. */
(function () {
  "use strict";
  Array.prototype.forEach.call(document.querySelectorAll("form[data-passkey]"), function (form) {
    var said = form.querySelector("[data-said]"), again = form.querySelector("[data-again]"), making = form.dataset.passkey === "create";
    function bytes(text) {
      return Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), function (c) { return c.charCodeAt(0); });
    }
    function text(buffer) {
      var found = "";
      new Uint8Array(buffer).forEach(function (n) { found += String.fromCharCode(n); });
      return btoa(found).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
    }
    function asked() {
      var options = JSON.parse(form.dataset.options);
      options.challenge = bytes(options.challenge);
      if (options.user) { options.user.id = bytes(options.user.id); }
      (options.excludeCredentials || []).concat(options.allowCredentials || []).forEach(function (key) { key.id = bytes(key.id); });
      return { publicKey: options };
    }
    function answer(key) {
      var found = {}, from = key.response;
      ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"].forEach(function (part) {
        if (from[part]) { found[part] = text(from[part]); }
      });
      if (from.getTransports) { found.transports = from.getTransports(); }
      return JSON.stringify({ id: key.id, rawId: text(key.rawId), type: key.type, response: found });
    }
    function ask() {
      again.hidden = true;
      if (!navigator.credentials || !window.PublicKeyCredential) { said.textContent = said.dataset.none; return; }
      said.textContent = "…";
      navigator.credentials[making ? "create" : "get"](asked()).then(function (key) {
        form.querySelector("[name=credential]").value = answer(key);
        form.submit();
      }).catch(function () { said.textContent = said.dataset.wrong; again.hidden = false; });
    }
    again.addEventListener("click", ask);
    ask();
  });
}());
