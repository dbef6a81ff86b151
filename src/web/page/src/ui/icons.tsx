// The symbols of the page, drawn on a grid of 16. They repeat what a word beside them says, so they are hidden from
// screen readers.
import type { ComponentChildren } from "preact";

const paths = {
  bolt: "M9 1.8 3.8 9H8l-1 5.2L12.2 7H8z",
  check: "m3 8.5 3.2 3.2L13 4.8",
  chevron: "m6 3.5 4.5 4.5L6 12.5",
  clock: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2Zm0 2.8V8l2.2 1.6",
  close: "m4 4 8 8m0-8-8 8",
  copy: "M6 6h7v7H6zM3 10V3h7",
  eye: "M1.5 8S4 3.8 8 3.8 14.5 8 14.5 8 12 12.2 8 12.2 1.5 8 1.5 8ZM8 6.2a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6Z",
  flag: "M4 14V2.5h8L10 5.8 12 9H4",
  flask: "M6 2h4M7 2v4L3.4 12.4A1 1 0 0 0 4.3 14h7.4a1 1 0 0 0 .9-1.6L9 6V2",
  hand: "M5 8V4a1 1 0 0 1 2 0v3-4a1 1 0 0 1 2 0v4-3a1 1 0 0 1 2 0v3.5a1 1 0 0 1 2 0V10a4.3 4.3 0 0 1-8 2L3 9a1 1 0 0 1 2-1Z",
  heal: "M8 3v10M3 8h10",
  keyboard: "M1.5 4h13v8h-13zM4 6.5h.01M6.7 6.5h.01M9.3 6.5h.01M12 6.5h.01M4.5 9.5h7",
  layers: "m8 2 6 3-6 3-6-3zM2 8l6 3 6-3M2 11l6 3 6-3",
  menu: "M2 4h12M2 8h12M2 12h12",
  message: "M2.5 3h11v8H8l-3.5 3v-3h-2z",
  moon: "M13 9.5A5.5 5.5 0 0 1 6.5 3a5.5 5.5 0 1 0 6.5 6.5Z",
  play: "M4.5 3v10l8-5z",
  plus: "M8 3v10M3 8h10",
  power: "M8 2v6M4.6 4.4a5 5 0 1 0 6.8 0",
  record: "M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11ZM8 6a2 2 0 1 0 0 4 2 2 0 0 0 0-4Z",
  save: "M8 2.5v7.5M4.8 7 8 10.2 11.2 7M3 13.5h10",
  search: "M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9Zm3.2 7.7L14 14",
  server: "M2.5 3h11v4h-11zM2.5 9h11v4h-11zM5 5h.01M5 11h.01",
  stop: "M4 4h8v8H4z",
  sun: "M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6ZM8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1",
  terminal: "m3 4.5 3.5 3.5L3 11.5M8 12h5",
  text: "M2.5 13 6 4l3.5 9M3.7 10h4.6M10.5 13l1.9-5 1.9 5M11.1 11.5h2.6",
  trash: "M3 4.5h10M6.5 4.5V2.5h3v2M4.5 4.5l.6 9h5.8l.6-9",
  undo: "M3 6h6.5a3.5 3.5 0 0 1 0 7H6M3 6l3-3M3 6l3 3",
  user: "M8 2.5a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6ZM2.8 14a5.2 5.2 0 0 1 10.4 0",
  warning: "M8 2.2 14.5 13.5h-13zM8 6.5v3.2M8 11.6h.01",
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name, class: extra }: { name: IconName; class?: string }) {
  return (
    <svg class={`icon ${extra ?? ""}`} viewBox="0 0 16 16" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  );
}

/** The mark of the product: a node that serves, and one that stands by. */
export function Logo() {
  return (
    <svg class="logo" viewBox="0 0 24 24" aria-hidden="true">
      <rect x="2" y="6.5" width="8" height="11" rx="2" fill="currentColor" />
      <rect x="15" y="7.5" width="6" height="9" rx="1.5" fill="none" stroke="currentColor" stroke-width="2" />
      <path d="M10 12h4" stroke="currentColor" stroke-width="2" />
    </svg>
  );
}

export function Svg({ children, class: name }: { children: ComponentChildren; class?: string }) {
  return (
    <svg class={`icon ${name ?? ""}`} viewBox="0 0 16 16" aria-hidden="true">
      {children}
    </svg>
  );
}
