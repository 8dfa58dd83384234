// Speaks to the API: one place for the token, the tenant and the shape of refusals.

const TOKEN = "ordernimbus.token";
const TENANT = "ordernimbus.tenant";

/** A refusal by the API; `message` is its words for a person, `code` its stable reason. */
export class Refusal extends Error {
  constructor(status, problem) {
    super(problem.detail ?? "The server did not answer as expected. Try again in a moment.");
    this.status = status;
    this.code = problem.code ?? "unknown";
  }
}

export const session = {
  get isOpen() { return sessionStorage.getItem(TOKEN) !== null; },
  get tenant() { return sessionStorage.getItem(TENANT); },
  set tenant(slug) { sessionStorage.setItem(TENANT, slug); },
  close() { sessionStorage.removeItem(TOKEN); sessionStorage.removeItem(TENANT); },
};

/** Log in and keep the token for as long as this browser tab lives. */
export async function logIn(username, password) {
  const body = new URLSearchParams({ grant_type: "password", username, password });
  const response = await reach(fetch("/v1/token", { method: "POST", body }));
  if (response.status === 404) {
    throw new Refusal(404, { detail: "Passwords are not taken here. Log in through your identity provider." });
  }
  const answer = await readAnswer(response);
  sessionStorage.setItem(TOKEN, answer.access_token);
}

/** Read JSON from a path; parameters without a value are left out. */
export async function read(path, parameters = {}) {
  return readAnswer(await get(path, parameters));
}

/** Read a file from a path. */
export async function readFile(path) {
  const response = await get(path, {});
  if (!response.ok) await readAnswer(response);
  return response.blob();
}

/** Send a file, telling how much of it is sent (0 to 1), and return the upload. */
export function sendFile(file, onProgress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/v1/uploads");
    for (const [name, value] of Object.entries(headers())) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
    request.onerror = () => reject(unreachable());
    request.onload = () => {
      const answer = parse(request.responseText);
      if (request.status < 300) resolve({ upload: answer, isNew: request.status === 202 });
      else reject(new Refusal(request.status, answer));
    };
    const form = new FormData();
    form.append("file", file);
    request.send(form);
  });
}

function headers() {
  const named = session.tenant ? { "X-Tenant": session.tenant } : {};
  return { Authorization: `Bearer ${sessionStorage.getItem(TOKEN)}`, ...named };
}

function get(path, parameters) {
  const given = Object.entries(parameters).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const query = new URLSearchParams(given).toString();
  return reach(fetch(query ? `${path}?${query}` : path, { headers: headers() }));
}

async function reach(request) {
  try {
    return await request;
  } catch {
    throw unreachable();
  }
}

async function readAnswer(response) {
  const answer = parse(await response.text());
  if (!response.ok) throw new Refusal(response.status, answer);
  return answer;
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

function unreachable() {
  return new Refusal(0, { detail: "The server cannot be reached. Check your connection and try again.", code: "unreachable" });
}
