// Saves a page of a form while somebody types: a second after the last key, and before the page is left. Says quietly
// when that worked and clearly when it did not. Without this file each page is saved by its button.
//
// One save at a time, each with a number, so that the server can tell which one is newer. What people read comes from
// the data attributes of the page, where it is translated.

const PAUSE = 1000; // milliseconds after the last key
const PATIENCE = 15_000; // milliseconds for one save
const RETRIES = [2000, 4000, 8000, 15_000]; // milliseconds between attempts while there is no connection

/** The server has answered, but not that it has saved. */
class Refused extends Error {}

class KeptDraft extends HTMLElement {
  connectedCallback() {
    this.form = document.getElementById(this.getAttribute("form"));
    if (!this.form) return;
    this.text = this.querySelector(".saved__text");
    this.trouble = this.querySelector(".kept-trouble");
    this.text.textContent = this.dataset.ready;
    this.changes = 0; // how often something was typed
    this.kept = 0; // how many of these changes are saved
    this.number = 0; // of the last save
    this.failures = 0;
    this.isOver = false; // another window has changed the page, or the draft is gone

    for (const event of ["input", "change"]) this.form.addEventListener(event, () => this.typed());
    this.form.addEventListener("submit", (event) => this.sent(event));
    addEventListener("online", () => this.save());
    addEventListener("pagehide", () => this.leave());
    document.addEventListener("visibilitychange", () => document.hidden && this.leave());
    document.addEventListener("session-ended", () => this.save());
    // A page out of the browser's memory is older than what is saved.
    addEventListener("pageshow", (event) => event.persisted && location.reload());
  }

  get isDirty() {
    return this.changes > this.kept && !this.isOver;
  }

  typed() {
    this.changes += 1;
    if (!this.isOver) this.text.textContent = this.dataset.saving; // what stood there is no longer true
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), PAUSE);
  }

  /** Save until nothing is left to save. Resolves to whether there is a connection; the server may still say no. */
  save() {
    this.saving ??= this.saveAll().finally(() => { this.saving = null; });
    return this.saving;
  }

  async saveAll() {
    clearTimeout(this.timer);
    while (this.isDirty) {
      const saves = this.changes;
      try {
        const told = await this.post({ signal: AbortSignal.timeout(PATIENCE) });
        this.kept = saves;
        this.reachable(told);
      } catch (problem) {
        this.unreachable();
        return problem instanceof Refused;
      }
    }
    return true;
  }

  async post(options) {
    const body = new URLSearchParams();
    for (const [name, value] of new FormData(this.form)) {
      if (typeof value === "string") body.append(name, value); // files go their own way
    }
    this.number += 1;
    body.set("_save", String(this.number));
    body.set("csrfmiddlewaretoken", this.token());
    const answer = await fetch(location.href, { method: "POST", body, headers: { Accept: "application/json" }, ...options });
    if (!answer.ok) throw new Refused();
    return answer.json();
  }

  /** Somebody who signed in in another window has another token since. */
  token() {
    const name = `${this.dataset.csrfCookie}=`;
    const found = document.cookie.split("; ").find((one) => one.startsWith(name));
    const field = this.form.elements.csrfmiddlewaretoken;
    if (found) field.value = decodeURIComponent(found.slice(name.length));
    return field.value;
  }

  reachable({ outcome, time, draft, url }) {
    const wasAway = this.failures > 0;
    this.failures = 0;
    if (draft !== undefined) this.form.elements._draft.value = draft;
    const isAllKept = this.changes === this.kept;
    this.text.textContent = time && isAllKept ? `${this.dataset.saved} ${time}` : this.dataset.saving;
    if (outcome === "saved" || outcome === "overtaken") this.tell(wasAway ? this.dataset.back : "");
    if (outcome === "signed_out") this.tell(this.dataset.signedOut, url);
    if (outcome === "elsewhere" || outcome === "gone") {
      this.isOver = true;
      this.text.textContent = "";
      this.tell(this.dataset[outcome]);
    }
    if (outcome === "saved") document.dispatchEvent(new CustomEvent("draft-saved"));
  }

  unreachable() {
    this.text.textContent = "";
    this.tell(this.waiting ? this.dataset.waiting : this.dataset.offline);
    const pause = RETRIES[Math.min(this.failures, RETRIES.length - 1)];
    this.failures += 1;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), pause);
  }

  /** A message that is read aloud (role=alert). Looks like the component `notice`. */
  tell(text, url = "") {
    this.trouble.replaceChildren();
    if (!text) return;
    const tone = text === this.dataset.back ? "success" : "warning";
    const [box, header, sign, sentence] = ["div", "div", "span", "div"].map((name) => document.createElement(name));
    box.className = `kern-alert kern-alert--${tone}`;
    header.className = "kern-alert__header";
    sign.className = `kern-icon kern-icon--${tone}`;
    sign.setAttribute("aria-hidden", "true");
    sentence.className = "notice__sentence";
    sentence.textContent = text;
    if (url) {
      const link = document.createElement("a");
      link.className = "kern-link inline";
      link.href = url;
      link.textContent = this.dataset.signIn;
      sentence.append(" ", link);
    }
    header.append(sign, sentence);
    box.append(header);
    this.trouble.append(box);
  }

  /**
   * A button was pressed. What was typed in the last second is saved first: if there is no connection, the browser
   * would show a page of its own instead, and what stands here would be gone.
   */
  async sent(event) {
    if (this.isLeaving || this.isOver || !(this.isDirty || this.saving)) {
      this.isLeaving = true;
      this.token();
      return;
    }
    event.preventDefault();
    if (this.waiting) {
      this.waiting = event.submitter;
      return;
    }
    this.waiting = event.submitter ?? this.form;
    while (!(await this.save())) await new Promise((resolve) => this.whenBack(resolve));
    const button = this.waiting instanceof HTMLFormElement ? undefined : this.waiting;
    this.waiting = null;
    this.isLeaving = true;
    this.token();
    this.form.requestSubmit(button);
  }

  /** As soon as it is worth another try. */
  whenBack(resolve) {
    const again = () => {
      removeEventListener("online", again);
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(again, RETRIES[Math.min(this.failures, RETRIES.length - 1)]);
    addEventListener("online", again);
  }

  /** The page is left or hidden: a phone may throw it away at any time. */
  leave() {
    if (!this.isDirty || this.isLeaving) return;
    const saves = this.changes;
    this.post({ keepalive: true }).then((told) => { this.kept = Math.max(this.kept, saves); this.reachable(told); }, () => {});
  }
}

customElements.define("kept-draft", KeptDraft);
