// Times of requests, to the second: many arrive in the same minute.
import { dateTime, language } from "../../lib/i18n.js";

export function time(at) {
  const then = new Date(at);
  const today = new Date().toDateString() === then.toDateString();
  const form = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };
  const clock = new Intl.DateTimeFormat(language.value, form).format(then);
  return today ? clock : dateTime(at);
}

// To the millisecond.
export function exactly(at) {
  const form = { dateStyle: "medium", timeStyle: "medium", hourCycle: "h23" };
  return `${new Intl.DateTimeFormat(language.value, form).format(new Date(at))} · ${at}`;
}
