// Sends files as soon as they are chosen, piece by piece (tus 1.0.0), and goes on where it stopped: after a broken
// connection by itself, after the page was loaded again as soon as the same file is chosen once more. Without this file
// files are sent with the form. What people read comes from the data attributes of the page, where it is translated.

const SMALLEST_PIECE = 64 * 1024; // bytes
const LARGEST_PIECE = 1024 * 1024;
const QUICK = 1000; // milliseconds for a piece; then the next one may be larger
const SLOW = 5000;
const PATIENCE = 60_000; // milliseconds without an answer
const LONGEST_PAUSE = 30_000; // milliseconds until it is tried again
const LOOKS = [2000, 4000, 8000, 16_000, 32_000]; // when to look what the virus scanner says

class Refused extends Error {} // the message is for people
class SignedOut extends Error {}

/** One after the other on the whole page: the first file may be what begins a draft. */
let line = Promise.resolve();
const takeTurn = (job) => (line = line.then(job));

/** `<file-upload>` around a list of files and an input for more. */
class FileUpload extends HTMLElement {
  connectedCallback() {
    this.input = this.querySelector("input[type=file]");
    this.list = this.querySelector(".upload__list");
    this.form = this.input.form;
    this.running = new Set();
    this.rows = document.createElement("ul");
    this.rows.className = "uploads";
    this.status = document.createElement("p");
    this.status.className = "upload__status";
    this.status.setAttribute("role", "status");
    this.list.after(this.rows, this.status);
    this.input.addEventListener("change", () => this.take([...this.input.files]));
    this.list.addEventListener("click", (event) => this.onClick(event));
    this.form.addEventListener("submit", (event) => this.onSubmit(event));
    this.lookAgain();
  }

  take(files) {
    this.input.value = ""; // they do not go with the form any more
    for (const file of files) {
      const row = new Row(this, file);
      this.rows.append(row.element);
      if (file.size > Number(this.dataset.largest)) {
        row.fail(this.say("tooLarge", file.name, { limit: Math.floor(this.dataset.largest / 2 ** 20) }));
        continue;
      }
      this.running.add(row);
      takeTurn(() => this.send(file, row)).finally(() => this.finished(row));
    }
  }

  async send(file, row) {
    if (row.isCancelled) return;
    this.tell(this.say("sending", file.name));
    try {
      const sending = new Sending(this, file, row);
      await sending.untilDone();
      if (row.isCancelled) return;
      await this.refresh();
      row.element.remove();
      this.tell(this.say("arrived", file.name));
    } catch (problem) {
      if (row.isCancelled) return;
      if (problem instanceof Refused) row.fail(problem.message);
      else if (problem instanceof SignedOut) row.fail(this.dataset.signedOut);
      else row.fail(this.say("failed", file.name));
    }
  }

  finished(row) {
    this.running.delete(row);
    if (this.waitingFor && this.running.size === 0 && !document.querySelector(".uploads__problem")) {
      const { button } = this.waitingFor;
      this.waitingFor = null;
      this.form.requestSubmit(button);
    } else if (this.running.size === 0) {
      this.waitingFor = null;
    }
  }

  /** Whoever goes on too early goes on as soon as all is there. */
  onSubmit(event) {
    if (this.running.size === 0) return;
    event.preventDefault();
    this.waitingFor = { button: event.submitter };
    this.tell(this.dataset.wait);
  }

  /** Removing needs no new page, so nothing that is being typed or sent is disturbed. */
  async onClick(event) {
    const button = event.target.closest("button[value]");
    if (!button) return;
    event.preventDefault();
    const label = button.closest("li").querySelector(".uploads__name");
    const name = (label.querySelector("a") ?? label).firstChild.textContent.trim();
    button.disabled = true;
    try {
      const answer = await this.ask("DELETE", `${this.dataset.sendTo}${button.value}/`);
      if (!answer.ok && answer.status !== 404) throw new Error(answer.status);
      await this.refresh();
      this.input.focus();
      this.tell(this.say("removed", name));
    } catch {
      button.disabled = false; // then in the ordinary way
      this.form.requestSubmit(button);
    }
  }

  /** The list as the server sees it. */
  async refresh() {
    const answer = await fetch(this.dataset.listAt, { signal: AbortSignal.timeout(PATIENCE) });
    if (!answer.ok || answer.redirected) throw new Error(answer.status);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    this.list.replaceChildren(...page.body.childNodes);
    this.looked = 0;
    this.lookAgain();
  }

  /** As long as the virus scanner has not looked at a file, ask again what it says. */
  lookAgain() {
    clearTimeout(this.timer);
    this.looked ??= 0;
    if (!this.list.querySelector("[data-waiting]") || this.looked >= LOOKS.length) return;
    this.timer = setTimeout(async () => {
      const looked = this.looked + 1;
      await this.refresh().catch(() => {});
      this.looked = looked;
      this.lookAgain();
      const told = this.list.querySelector(".uploads__told");
      if (told) this.tell(told.textContent, { isShown: true });
    }, LOOKS[this.looked]);
  }

  ask(method, address, headers = {}, body = undefined) {
    const token = this.form.querySelector("[name=csrfmiddlewaretoken]").value;
    return fetch(address, {
      method,
      headers: { "Tus-Resumable": "1.0.0", "X-CSRFToken": token, ...headers },
      body,
      redirect: "manual",
      signal: AbortSignal.timeout(PATIENCE),
    });
  }

  say(text, name, more = {}) {
    let said = this.dataset[text].replace("{name}", `„${name}“`);
    for (const [key, value] of Object.entries(more)) said = said.replace(`{${key}}`, value);
    return said;
  }

  /** Said to who cannot see the page, and shown if it is not in the list already. */
  tell(text, { isShown = false } = {}) {
    this.status.textContent = text;
    this.status.classList.toggle("visually-hidden", isShown);
  }
}

/** A file on its way, as the page shows it. */
class Row {
  constructor(upload, file) {
    this.upload = upload;
    this.file = file;
    this.element = document.createElement("li");
    this.name = document.createElement("span");
    this.name.className = "uploads__name";
    this.name.textContent = file.name;
    this.bar = document.createElement("progress");
    this.bar.max = 100;
    this.bar.value = 0;
    this.bar.setAttribute("aria-label", upload.say("sending", file.name));
    this.note = document.createElement("span");
    this.note.className = "muted small";
    this.button = document.createElement("button");
    this.button.type = "button";
    this.button.className = "kern-btn kern-btn--tertiary";
    const label = document.createElement("span");
    label.className = "kern-label";
    this.verb = document.createTextNode(upload.dataset.cancel);
    const what = document.createElement("span");
    what.className = "visually-hidden";
    what.textContent = `: ${file.name}`;
    label.append(this.verb, what);
    this.button.append(label);
    this.button.addEventListener("click", () => this.cancel());
    this.name.append(this.bar, this.note);
    this.element.append(this.name, this.button);
  }

  moved(sent) {
    const percent = Math.floor((100 * sent) / this.file.size);
    this.bar.value = percent;
    this.bar.textContent = `${percent} %`;
    this.note.textContent = `${percent} %`;
  }

  tell(text) {
    this.note.textContent = text;
  }

  fail(text) {
    this.address = null; // what was refused is gone; what has failed may go on when it is chosen again
    this.bar.remove();
    this.element.className = "uploads__problem";
    this.note.className = "uploads__told";
    this.note.textContent = text;
    this.note.setAttribute("role", "alert");
    this.verb.data = this.upload.dataset.dismiss;
  }

  cancel() {
    this.isCancelled = true;
    this.element.remove();
    this.wakeUp?.();
    if (this.address) this.upload.ask("DELETE", this.address).then(() => this.upload.refresh()).catch(() => {});
    this.upload.input.focus();
  }
}

/** One file being sent. */
class Sending {
  constructor(upload, file, row) {
    this.upload = upload;
    this.file = file;
    this.row = row;
    this.piece = 4 * SMALLEST_PIECE;
    this.failures = 0;
  }

  /** Raises Refused, SignedOut, or another Error if it makes no sense to try again. */
  async untilDone() {
    this.digest = await digestOf(this.file);
    for (;;) {
      try {
        return await this.goOn();
      } catch (problem) {
        if (this.row.isCancelled) return;
        if (!(problem instanceof TypeError || problem.name === "TimeoutError" || problem instanceof Busy)) throw problem;
      }
      this.failures += 1;
      this.row.tell(this.upload.dataset.interrupted);
      this.upload.tell(this.upload.dataset.interrupted);
      await this.pause();
      if (this.row.isCancelled) return;
    }
  }

  async goOn() {
    let offset = this.row.address ? await this.offset() : await this.begin();
    this.row.moved(offset);
    do {
      if (this.row.isCancelled) return;
      offset = await this.append(offset);
      this.failures = 0;
    } while (offset < this.file.size);
  }

  async begin() {
    const about = { ...JSON.parse(this.upload.dataset.about), filename: this.file.name, digest: this.digest };
    const metadata = Object.entries(about).map(([name, value]) => `${name} ${base64(value)}`).join(",");
    const answer = await this.ask("POST", this.upload.dataset.sendTo, {
      "Upload-Length": String(this.file.size),
      "Upload-Metadata": metadata,
    });
    this.row.address = answer.headers.get("Location");
    return Number(answer.headers.get("Upload-Offset") ?? 0);
  }

  async offset() {
    const answer = await this.upload.ask("HEAD", this.row.address);
    if (answer.status === 404) return this.begin(); // it was refused, or removed in another window
    await complain(answer);
    return Number(answer.headers.get("Upload-Offset"));
  }

  async append(offset) {
    const begun = performance.now();
    const piece = this.file.slice(offset, offset + this.piece);
    if (offset + piece.size >= this.file.size) this.row.tell(this.upload.say("checking", this.file.name));
    const answer = await this.ask(
      "PATCH",
      this.row.address,
      { "Upload-Offset": String(offset), "Content-Type": "application/offset+octet-stream" },
      piece,
    );
    const took = performance.now() - begun;
    if (took < QUICK) this.piece = Math.min(2 * this.piece, LARGEST_PIECE);
    if (took > SLOW) this.piece = Math.max(this.piece / 2, SMALLEST_PIECE);
    const reached = Number(answer.headers.get("Upload-Offset"));
    if (reached < this.file.size) this.row.moved(reached);
    return reached;
  }

  async ask(...request) {
    const answer = await this.upload.ask(...request);
    await complain(answer);
    return answer;
  }

  /** Longer each time; shorter if the browser says that the connection is back. */
  pause() {
    const milliseconds = Math.min(1000 * 2 ** (this.failures - 1), LONGEST_PAUSE);
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        removeEventListener("online", done);
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      addEventListener("online", done);
      this.row.wakeUp = done;
    });
  }
}

class Busy extends Error {} // the server may answer better in a while

async function complain(answer) {
  if (answer.ok) return;
  if (answer.status === 422) throw new Refused(await answer.text());
  if (answer.status === 401 || answer.type === "opaqueredirect") throw new SignedOut();
  if (answer.status === 409 || answer.status === 429 || answer.status >= 500) throw new Busy(answer.status);
  throw new Error(answer.status);
}

/** SHA-256 in hexadecimal digits: by it the server knows the same file again, and that it has arrived as it was. */
async function digestOf(file) {
  if (!globalThis.crypto?.subtle) return "";
  const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function base64(text) {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

customElements.define("file-upload", FileUpload);
