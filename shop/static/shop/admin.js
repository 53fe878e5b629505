/* A form of the staff's pages is sent once, however often its button is clicked, and what cannot be taken back is asked
   about first. The shop itself does nothing twice either: this spares people the second message. */
"use strict";

const SENT_SECONDS = 15; // no answer takes longer: then the button may be tried again
const ASKS_FIRST = ["app-orders", "app-payments"]; // whose actions move money or goods

function questionOf(form, button) {
  const asked = button && button.dataset.confirm;
  if (asked) {
    return asked.replace(/\{(\w+)\}/g, (_, name) => {
      const field = form.elements[name];
      return field.value || field.placeholder;
    });
  }
  const action = form.matches("#changelist-form") && form.elements.action;
  const chosen = form.querySelectorAll("input.action-select:checked").length;
  if (!action || !action.value || !chosen || !ASKS_FIRST.some((name) => document.body.classList.contains(name))) {
    return "";
  }
  return `${action.selectedOptions[0].text}\n\nFor ${chosen} chosen?`;
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.getAttribute("method") !== "post") {
    return;
  }
  const question = form.dataset.sent ? "" : questionOf(form, event.submitter);
  if (form.dataset.sent || (question && !window.confirm(question))) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  window.setTimeout(() => delete form.dataset.sent, SENT_SECONDS * 1000);
});

window.addEventListener("pageshow", () => {
  for (const form of document.forms) {
    delete form.dataset.sent; // back on a page that the browser has kept
  }
});
