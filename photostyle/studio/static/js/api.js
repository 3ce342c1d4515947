// Requests to the studio; every failure is an Error with one line.
import { TEXTS } from "./texts.js";

const token = new URLSearchParams(location.search).get("token") ?? "";

export function address(path, query = {}) {
  return `api/${path}?${new URLSearchParams({ ...query, token })}`;
}

async function ask(method, path, body, signal, keepalive = false) {
  const headers = { "x-photostyle-token": token };
  if (body !== undefined && !(body instanceof Blob)) {
    headers["content-type"] = "application/json";
    body = JSON.stringify(body);
  }
  let answer;
  try {
    answer = await fetch(`api/${path}`, { method, headers, body, signal, keepalive });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error(TEXTS.gone);
  }
  if (answer.ok) return answer;
  const text = await answer.text();
  let line = text.trim();
  try { line = JSON.parse(text).error; } catch { /* a plain line */ }
  throw Object.assign(new Error(line || `${answer.status}`), { status: answer.status });
}

export const get = async (path) => (await ask("GET", path)).json();
export const post = async (path, body) => (await ask("POST", path, body)).json();
// With `leaving`, the request outlives the page; browsers take no more than 64 KB then.
export const put = async (path, body, leaving = false) => (await ask("PUT", path, body, undefined, leaving)).json();
export const remove = async (path) => (await ask("DELETE", path)).json();
export const picture = async (path, body, signal) =>
  createImageBitmap(await (await ask(body ? "POST" : "GET", path, body, signal)).blob(),
    { colorSpaceConversion: "none", premultiplyAlpha: "none" });

// Bytes; null where there are none.
export async function bytes(path) {
  const answer = await ask("GET", path);
  return answer.status === 204 ? null : answer.arrayBuffer();
}

// Have the browser save what the studio answers; returns the studio's notes.
export async function save(path, body) {
  const answer = await ask(body ? "POST" : "GET", path, body);
  const name = decodeURIComponent((answer.headers.get("content-disposition") ?? "").split("''")[1] ?? "result");
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await answer.blob());
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  const notes = decodeURIComponent(answer.headers.get("x-photostyle-notes") ?? "");
  return { name, notes: notes ? notes.split("\n") : [] };
}

// Call `tell` with a job's record at each change; resolves when it is over.
export function follow(job, tell) {
  return new Promise((resolve, reject) => {
    const source = new EventSource(address(`jobs/${job}/events`));
    source.onmessage = (event) => {
      const record = JSON.parse(event.data);
      tell(record);
      if (["done", "failed", "cancelled"].includes(record.state)) {
        source.close();
        resolve(record);
      }
    };
    source.onerror = () => {
      if (source.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
      reject(new Error(TEXTS.gone));
    };
  });
}
