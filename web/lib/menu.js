// A menu on the native disclosure: a press elsewhere or Escape closes it.
import { useEffect, useRef } from "../vendor/preact-htm.js";

export function useMenu() {
  const ref = useRef(null);
  const close = () => {
    ref.current.open = false;
    ref.current.querySelector("summary").focus();
  };
  useEffect(() => {
    const outside = (event) => {
      if (ref.current?.open && !ref.current.contains(event.target)) ref.current.open = false;
    };
    document.addEventListener("click", outside);
    return () => document.removeEventListener("click", outside);
  }, []);
  const keys = (event) => {
    if (event.key === "Escape" && ref.current.open) close();
  };
  return { ref, keys, close };
}
