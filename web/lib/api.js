// Talks to the admin API: one call per request, errors as ApiError, a new sign-in in place when the session has ended.
import { signal } from "../vendor/preact-htm.js";
import { ahead } from "./ahead.js";

class ApiError extends Error {
  constructor(status, code, message, detail) {
    super(message);
    this.status = status;
    this.code = code;
    this.detail = detail ?? {};
  }
}

// What came with the start of the page, until a view takes it.
export const begun = { overview: null };

export const session = signal(null);
export const status = signal(null);
// False, or when the server is tried again.
export const unreachable = signal(false);
// Counts up whenever the server answers again after a break; loaders listen to it.
export const reconnects = signal(0);
// A list of resolvers while the sign-in dialog is open over the page.
export const waitingForSignIn = signal(null);

export function signedInAgain(next) {
  const waiting = waitingForSignIn.value ?? [];
  session.value = next;
  waitingForSignIn.value = null;
  waiting.forEach((resolve) => resolve());
}

function signInAgain() {
  return new Promise((resolve) => {
    waitingForSignIn.value = [...(waitingForSignIn.value ?? []), resolve];
  });
}

// Whether the server waits for the administrator to set up a second factor.
export const factorMissing = signal(false);

// A list of resolvers while a dialog asks for the password again.
export const waitingForPassword = signal(null);

// `next` is the session that the password renewed, or null when the dialog was cancelled.
export function passwordAnswered(next) {
  const waiting = waitingForPassword.value ?? [];
  if (next) session.value = next;
  waitingForPassword.value = null;
  waiting.forEach((resolve) => resolve(next !== null));
}

function askForPassword() {
  return new Promise((resolve) => {
    waitingForPassword.value = [...(waitingForPassword.value ?? []), resolve];
  });
}

async function send(method, path, body) {
  const headers = { Accept: "application/json" };
  const init = { method, headers, credentials: "same-origin", cache: "no-store" };
  if (method !== "GET") {
    headers["Content-Type"] = "application/json";
    if (session.value) headers["X-CSRF-Token"] = session.value.csrf;
    init.body = JSON.stringify(body ?? {});
  }
  let answer;
  try {
    answer = await fetch(`/api/v1${path}`, init);
  } catch {
    connectionLost();
    throw new ApiError(0, "UNREACHABLE", "The server cannot be reached.");
  }
  const text = await answer.text();
  let json = null;
  try {
    json = text ? JSON.parse(text) : null;
  } catch {
    json = null;
  }
  if (!answer.ok) {
    const error = json?.error ?? {};
    throw new ApiError(answer.status, error.code ?? "INTERNAL", error.message ?? `HTTP ${answer.status}`, error.detail);
  }
  return json;
}

export async function call(method, path, body) {
  try {
    return await send(method, path, body);
  } catch (error) {
    if (error.code === "SIGN_IN_REQUIRED" && session.value) {
      await signInAgain();
      return send(method, path, body);
    }
    if (error.code === "REAUTHENTICATE" && session.value && (await askForPassword())) return send(method, path, body);
    if (error.code === "SECOND_FACTOR_REQUIRED") factorMissing.value = true;
    if (error.code === "CSRF" && session.value) {
      session.value = await send("GET", "/session");
      return send(method, path, body);
    }
    throw error;
  }
}

// Before the browser downloads a path itself: asks for the password if the server wants it, and throws what else it says.
export async function beforeDownload(path) {
  const stop = new AbortController();
  const answer = await fetch(`/api/v1${path}`, { credentials: "same-origin", cache: "no-store", signal: stop.signal });
  if (answer.ok) {
    stop.abort();
    return;
  }
  const { error } = await answer.json();
  if (error.code === "REAUTHENTICATE" && (await askForPassword())) return;
  throw new ApiError(answer.status, error.code, error.message, error.detail);
}

export const get = async (path) => ahead(path) ?? call("GET", path);
export const post = (path, body) => call("POST", path, body);
export const patch = (path, body) => call("PATCH", path, body);
export const remove = (path) => call("DELETE", path);

// What the server is now; whoever looks at the console again may find another version.
export async function refreshStatus() {
  try {
    status.value = await send("GET", "/status");
  } catch {
    // The next call of the view tells it.
  }
}

const RETRY_MS = 5000;
function connectionLost() {
  if (unreachable.value) return;
  const next = () => {
    unreachable.value = Date.now() + RETRY_MS;
  };
  next();
  const timer = setInterval(async () => {
    next();
    try {
      status.value = await (await fetch("/api/v1/status", { cache: "no-store" })).json();
    } catch {
      return;
    }
    clearInterval(timer);
    unreachable.value = false;
    reconnects.value += 1;
  }, RETRY_MS);
}
