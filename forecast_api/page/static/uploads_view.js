// Sales files: send one, follow it, see which rows were rejected and why.

import { read, readFile, sendFile } from "./api.js";
import { byId, element, showMessage } from "./elements.js";
import { count, day, moment, size } from "./words.js";

const POLL_MS = 2000;
const PAGE_SIZE = 20;
const STEPS = ["Received", "Read", "Loaded", "In your forecast"];

/** Manages the panel; `onForecast` is called when a file has reached the forecast. */
export class UploadsView {
  constructor(onForecast, onError) {
    this.onForecast = onForecast;
    this.onError = onError;
    this.waiting = new Set();
    this.nextCursor = null;
    const drop = byId("drop");
    byId("file").addEventListener("change", (event) => this.send(event.target.files));
    drop.addEventListener("submit", (event) => event.preventDefault());
    for (const name of ["dragenter", "dragover", "dragleave", "drop"]) {
      drop.addEventListener(name, (event) => {
        event.preventDefault();
        drop.classList.toggle("over", name === "dragenter" || name === "dragover");
      });
    }
    drop.addEventListener("drop", (event) => this.send(event.dataTransfer.files));
    byId("more-uploads").addEventListener("click", () => this.loadPage());
  }

  /** Begin again for another account. */
  async open() {
    this.close();
    byId("upload-list").replaceChildren();
    await this.loadPage();
    this.timer = setInterval(() => this.poll(), POLL_MS);
  }

  close() {
    clearInterval(this.timer);
    this.waiting.clear();
    this.nextCursor = null;
  }

  async loadPage() {
    const page = await read("/v1/uploads", { limit: PAGE_SIZE, cursor: this.nextCursor });
    this.nextCursor = page.next_cursor;
    byId("more-uploads").hidden = page.next_cursor === null;
    page.items.forEach((upload) => byId("upload-list").append(this.row(upload)));
    this.showEmptiness();
  }

  async send(files) {
    if (files.length === 0) return;
    const progress = byId("sending");
    showMessage(byId("upload-error"), null);
    progress.hidden = false;
    try {
      const { upload, isNew } = await sendFile(files[0], (share) => { progress.value = share; });
      this.replace(upload);
      if (!isNew) showMessage(byId("upload-error"), `This file came before, on ${moment(upload.created_at)}. Nothing changed.`);
    } catch (error) {
      if (error.status === 401) this.onError(error);
      showMessage(byId("upload-error"), error.message);
    } finally {
      progress.hidden = true;
      progress.value = 0;
      byId("file").value = "";
    }
  }

  async poll() {
    if (document.hidden) return;
    for (const id of [...this.waiting]) {
      try {
        const upload = await read(`/v1/uploads/${id}`);
        const shown = byId(`upload-${id}`);
        if (shown?.dataset.stage === stageName(upload)) continue;
        this.replace(upload);
        if (upload.is_in_forecast) this.onForecast();
      } catch (error) {
        this.onError(error);
      }
    }
  }

  replace(upload) {
    const fresh = this.row(upload);
    const shown = byId(fresh.id);
    if (shown) shown.replaceWith(fresh);
    else byId("upload-list").prepend(fresh);
    this.showEmptiness();
  }

  showEmptiness() {
    const list = byId("upload-list");
    list.querySelector(".nothing")?.remove();
    if (list.children.length === 0) list.append(element("li", { className: "quiet nothing", textContent: "No files yet." }));
  }

  row(upload) {
    const isDone = upload.state === "refused" || upload.is_in_forecast;
    if (isDone) this.waiting.delete(upload.upload_id);
    else this.waiting.add(upload.upload_id);
    const made = element(
      "li", { id: `upload-${upload.upload_id}`, className: "upload" },
      element("div", { className: "upload-head" }, element("strong", { textContent: upload.file_name }), element("span", { className: "quiet", textContent: `${size(upload.size_bytes)} · ${moment(upload.created_at)}` })),
      upload.state === "refused" ? element("p", { className: "notice error", textContent: `Refused, nothing was loaded: ${upload.refusal_message}` }) : steps(upload),
      outcome(upload),
      upload.n_rows_rejected > 0 ? this.rejects(upload) : null,
    );
    made.dataset.stage = stageName(upload);
    return made;
  }

  rejects(upload) {
    const place = element("div", { className: "rejects" });
    const fold = element("details", {}, element("summary", { textContent: `Show ${count(upload.n_rows_rejected, "rejected row")}` }), place);
    fold.addEventListener("toggle", () => {
      if (fold.open && place.children.length === 0) this.showRejects(upload, place).catch(this.onError);
    });
    return fold;
  }

  async showRejects(upload, place) {
    const page = await read(`/v1/uploads/${upload.upload_id}/errors`, { limit: 100 });
    const cells = (tag, values) => element("tr", {}, values.map((value) => element(tag, { textContent: value ?? "" })));
    const rows = page.items.map((item) => cells("td", [item.row, item.column, item.value, item.message]));
    const head = element("thead", {}, cells("th", ["Row", "Column", "Value", "What is wrong"]));
    place.append(element("div", { className: "table-scroll" }, element("table", {}, head, element("tbody", {}, rows))));
    if (page.next_cursor) place.append(element("p", { className: "quiet", textContent: "The first 100 rows are shown; the download has all of them." }));
    if (!upload.has_rejects_file) return;
    const download = element("button", { type: "button", className: "plain", textContent: "Download rejected rows (CSV)" });
    download.addEventListener("click", () => saveRejects(upload).catch(this.onError));
    place.append(download);
  }
}

function stageName(upload) {
  return `${upload.state} ${upload.is_in_forecast}`;
}

function steps(upload) {
  const reached = upload.is_in_forecast ? 4 : { landed: 1, processing: 1, loaded: 3 }[upload.state];
  const isMoving = upload.state === "processing" || upload.state === "landed" || upload.state === "loaded";
  return element("ol", { className: "steps" }, STEPS.map((name, place) => {
    const state = place < reached ? "done" : place === reached && isMoving ? "now" : "";
    return element("li", { className: state, textContent: name, "aria-current": state === "now" ? "step" : null });
  }));
}

function outcome(upload) {
  if (upload.n_rows_read === null) return null;
  const period = upload.first_business_date ? `, sales from ${day(upload.first_business_date)} to ${day(upload.last_business_date)}` : "";
  const rejected = upload.n_rows_rejected > 0 ? `, ${count(upload.n_rows_rejected, "row")} rejected` : "";
  return element("p", { textContent: `${count(upload.n_rows_accepted, "row")} loaded${rejected}${period}.` });
}

async function saveRejects(upload) {
  const address = URL.createObjectURL(await readFile(`/v1/uploads/${upload.upload_id}/rejects.csv`));
  const link = element("a", { href: address, download: `rejected-${upload.file_name.replace(/\.\w+$/, "")}.csv` });
  link.click();
  URL.revokeObjectURL(address);
}
