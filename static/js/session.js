// Two minutes before a session ends a window asks whether somebody is still there; one click is enough to go on.
// The server says how long it really lasts: another window may have made it longer.

const WARN_BEFORE = 120; // seconds (WCAG 2.2.1 asks for at least twenty to react)
const TOLERANCE = 5; // seconds

class SessionEnd extends HTMLElement {
  connectedCallback() {
    this.dialog = this.querySelector("dialog");
    this.querySelector("[data-do=go-on]").addEventListener("click", () => this.goOn());
    this.querySelector("[data-do=close]").addEventListener("click", () => this.dialog.close());
    this.dialog.addEventListener("cancel", (event) => {
      if (!this.hasEnded) this.goOn(); // Escape means: I am here
      else event.preventDefault();
    });
    // A laptop that was asleep has not counted.
    document.addEventListener("visibilitychange", () => document.hidden || this.look());
    document.addEventListener("draft-saved", () => this.lasts(Number(this.dataset.seconds)));
    this.lasts(Number(this.dataset.seconds));
  }

  /** The session lasts so many seconds from now on. */
  lasts(seconds) {
    this.endsAt = Date.now() + seconds * 1000;
    clearTimeout(this.timer);
    if (seconds <= 0) return this.ended();
    const untilWarning = seconds - WARN_BEFORE;
    const next = untilWarning > TOLERANCE ? untilWarning : seconds;
    this.timer = setTimeout(() => this.ask(), next * 1000);
    if (untilWarning <= TOLERANCE) this.warn();
    else if (this.dialog.open && !this.hasEnded) this.dialog.close();
  }

  look() {
    if ((this.endsAt - Date.now()) / 1000 <= WARN_BEFORE + TOLERANCE) this.ask();
  }

  async ask(method = "GET") {
    const headers = { Accept: "application/json" };
    if (method === "POST") headers["X-CSRFToken"] = cookie(this.dataset.csrfCookie);
    try {
      const answer = await fetch(this.dataset.address, { method, headers });
      if (!answer.ok) throw new Error(String(answer.status));
      this.lasts((await answer.json()).seconds);
    } catch {
      // Without a connection nobody knows. Warn in time all the same, and ask again soon.
      const left = Math.max(1, Math.round((this.endsAt - Date.now()) / 1000));
      if (left <= WARN_BEFORE + TOLERANCE) this.warn();
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.ask(), 10_000);
    }
  }

  goOn() {
    this.ask("POST");
  }

  warn() {
    if (!this.dialog.open) this.dialog.showModal();
  }

  ended() {
    this.hasEnded = true;
    document.dispatchEvent(new CustomEvent("session-ended"));
    this.querySelector("[data-part=warning]").hidden = true;
    this.querySelector("[data-part=ended]").hidden = false;
    this.dialog.setAttribute("aria-labelledby", "session-ended-title");
    this.dialog.setAttribute("aria-describedby", "session-ended-text");
    this.warn();
    this.querySelector("[data-part=ended] a").focus();
  }
}

function cookie(name) {
  const found = document.cookie.split("; ").find((one) => one.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
}

customElements.define("session-end", SessionEnd);
