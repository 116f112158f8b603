// Rows of a long table in groups: those far from what is seen are one empty row of their height, so that scrolling stays smooth.
import { html, useEffect, useLayoutEffect, useRef, useState } from "../../vendor/preact-htm.js";

const GROUP = 50;
const NEAR = "1200px";

function Group({ rows, row, columns, first }) {
  const [near, setNear] = useState(first);
  const body = useRef(null);
  const gap = useRef(null);
  const height = useRef(rows.length * 56);
  useEffect(() => {
    const watch = new IntersectionObserver(
      ([seen]) => {
        if (!seen.isIntersecting && gap.current === null) height.current = body.current.offsetHeight;
        setNear(seen.isIntersecting);
      },
      { rootMargin: NEAR, scrollMargin: NEAR },
    );
    watch.observe(body.current);
    return () => watch.disconnect();
  }, []);
  useLayoutEffect(() => gap.current?.style.setProperty("height", `${height.current}px`));
  return html`
    <tbody ref=${body}>
      ${near ? rows.map(row) : html`<tr aria-hidden="true"><td ref=${gap} colspan=${columns}></td></tr>`}
    </tbody>
  `;
}

// `row` makes one of a value; the last group grows.
export function Windowed({ rows, row, columns }) {
  const groups = [];
  for (let from = 0; from < rows.length; from += GROUP) groups.push(rows.slice(from, from + GROUP));
  return groups.map(
    (group, n) => html`<${Group} key=${n} rows=${group} row=${row} columns=${columns} first=${n < 2} />`,
  );
}
