"use strict";
// Everything can be read without this file. It keeps figures fresh, copies bodies, leads to the search by a slash, and sends a form when its slider moves.

(() => {
  const settleMilliseconds = 1000;
  const retryMilliseconds = 5000;
  const failuresMax = 20;
  // Beside this file's folder, below whatever path the server stands at its host.
  const streamAddress = new URL("../v1/stream", document.currentScript.src);

  function replaceLive(fresh) {
    for (const old of document.querySelectorAll("[data-live][id]")) {
      const found = fresh.getElementById(old.id);
      if (found && found.outerHTML !== old.outerHTML && !old.contains(document.activeElement)) {
        const open = [...old.querySelectorAll("details")].map((one) => one.open);
        const placed = document.adoptNode(found);
        old.replaceWith(placed);
        placed.querySelectorAll("details").forEach((one, place) => { one.open = open[place] ?? one.open; });
        equip(placed);
      }
    }
  }

  async function refresh() {
    const answer = await fetch(location.href, { credentials: "same-origin", redirect: "error", headers: { accept: "text/html" } });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    replaceLive(new DOMParser().parseFromString(await answer.text(), "text/html"));
  }

  const stale = document.createElement("p");
  stale.className = "alert";
  stale.setAttribute("role", "status");
  stale.textContent = "What you see is not live any more: the server does not answer, or you are signed out. Load the page again.";

  function say(isStale) {
    if (isStale && !stale.isConnected) document.getElementById("main").prepend(stale);
    if (!isStale) stale.remove();
  }

  // The ledger's stream only rings: it is closed at the first event, so that a busy ledger is not read along with the page.
  // The page is looked at again when the stream is open, so that nothing happens unseen between the two.
  function live(failures) {
    if (failures > failuresMax) return;
    if (document.hidden) {
      document.addEventListener("visibilitychange", () => live(failures), { once: true });
      return;
    }
    let over = false;
    const stream = new EventSource(streamAddress);
    const again = (milliseconds, failed) => {
      if (over) return;
      over = true;
      stream.close();
      say(failed > failures);
      setTimeout(live, milliseconds, failed);
    };
    stream.onopen = () => refresh().then(() => say(false), () => again(retryMilliseconds, failures + 1));
    stream.onerror = () => again(retryMilliseconds, failures + 1);
    for (const name of eventNames) stream.addEventListener(name, () => again(settleMilliseconds, 0), { once: true });
    setTimeout(() => again(0, failures), retryMilliseconds * 3);
  }

  const eventNames = [
    "campaign.created", "campaign.revised", "campaign.started", "campaign.paused", "campaign.resumed", "campaign.canceled",
    "campaign.completed", "campaign.change_requested", "campaign.change_approved", "campaign.change_declined",
    "account.paused", "account.resumed", "destination.held", "destination.released",
    "recipient.enrolled", "recipient.withdrawn", "recipient.suppressed", "recipient.released", "recipient.rang_back",
    "recipient.callback_set", "recipient.callback_dropped", "recipient.lookup_failed",
    "recipient.declined", "recipient.decline_lifted",
    "consent.given", "consent.revoked", "consent.used",
    "recipient.erased", "recipient.erasure_requested", "legal_hold.set", "legal_hold.lifted", "keys.destroyed",
    "attempt.started", "attempt.accepted", "attempt.refused", "attempt.abandoned", "attempt.unresolved", "attempt.resolved",
    "call.created", "call.answered", "call.gathered", "call.completed", "call.failed", "call.canceled", "call.redelivered",
    "agents.told", "call.reported", "recording.started", "recording.completed", "recording.failed", "delivery.quarantined",
    "delivery.read_again", "call.claimed", "call.came_in", "call.observed", "answer.served", "insight.fetched", "recording.requested",
    "caller_number.removed", "ledger.closed", "ledger.restored", "ledger.sealed", "subscription.created", "subscription.changed", "subscription.paused", "subscription.resumed", "subscription.dead",
  ];

  function equip(root) {
    for (const button of root.querySelectorAll("button[data-copy]")) {
      const body = document.getElementById(button.dataset.copy);
      if (!body || !navigator.clipboard) continue;
      button.hidden = false;
      button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(body.textContent);
        button.textContent = "Copied";
      });
    }

    for (const form of root.querySelectorAll("form[data-submit-on-change]")) {
      const slider = form.querySelector("input[type=range]");
      const moved = `moved ${location.pathname}`;
      form.addEventListener("change", () => {
        sessionStorage.setItem(moved, "yes");
        form.requestSubmit();
      });
      // Who moves it by the keyboard goes on from where they were.
      if (slider && sessionStorage.getItem(moved)) slider.focus();
      sessionStorage.removeItem(moved);
    }
  }

  document.addEventListener("keydown", (event) => {
    const field = document.getElementById("search");
    const isTyped = event.target.closest("input, select, textarea, [contenteditable]");
    if (event.key !== "/" || !field || isTyped || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    field.focus();
  });

  equip(document);
  if (document.querySelector("[data-live]")) live(0);
})();
