/** Line icons on a 20-unit grid, drawn for this page; each is decoration beside its word or its button's label. */
const PATHS = {
  home: 'M3.5 9.2 10 3.8l6.5 5.4V16a.8.8 0 0 1-.8.8H4.3a.8.8 0 0 1-.8-.8zM8 16.8v-4.6h4v4.6',
  angles: 'M3.5 16.5h13M3.5 16.5 13.8 5.2M8.6 16.5a6 6 0 0 0-1.5-3.9',
  trajectories: 'M3.5 5.5h6M12 5.5h4.5M3.5 10h3M9 10h7.5M3.5 14.5h8M14 14.5h2.5',
  rollouts: 'M3.5 6.5h6.5M8 13.5h5M16 10.8v5.4',
  seesaw: 'M3 13.4 17 8.2M10 11.2l2.8 5.3H7.2zM4.2 7.6a1.7 1.7 0 1 0 0 3.4 1.7 1.7 0 0 0 0-3.4M14.2 2.8h3.2V6h-3.2z',
  leas: 'M3.5 3.5h13v13h-13zM3.5 7.8h13M3.5 12.2h13M7.8 3.5v13M12.2 3.5v13M9.2 10h1.6',
  device: 'M6 6h8v8H6zM8.2 3.5V6M11.8 3.5V6M8.2 14v2.5M11.8 14v2.5M3.5 8.2H6M3.5 11.8H6M14 8.2h2.5M14 11.8h2.5',
  run: 'M6 4.2v11.6L15.6 10z',
  step: 'M5 4.6v10.8l7.4-5.4zM15 4.6v10.8',
  pause: 'M6.8 4.5v11M13.2 4.5v11',
  cancel: 'M5 5l10 10M15 5 5 15',
  reset: 'M4.6 8.2A6 6 0 1 1 4 11M4.2 4.4v4h4',
  dice: 'M4 4h12v12H4zM7.3 7.3h.01M12.7 7.3h.01M10 10h.01M7.3 12.7h.01M12.7 12.7h.01',
  share: 'M8.4 11.6a3 3 0 0 0 4.3 0l2.6-2.6a3 3 0 0 0-4.3-4.3l-1.1 1.1M11.6 8.4a3 3 0 0 0-4.3 0L4.7 11A3 3 0 0 0 9 15.3l1.1-1.1',
  export: 'M10 3.5v9M6.5 9.2 10 12.7l3.5-3.5M3.8 16.5h12.4',
  open: 'M3.5 15.5v-11h4.6l1.6 2h6.8v9z',
  light: 'M10 6.6a3.4 3.4 0 1 0 0 6.8 3.4 3.4 0 0 0 0-6.8M10 2.6v1.6M10 15.8v1.6M2.6 10h1.6M15.8 10h1.6M4.8 4.8l1.1 1.1M14.1 14.1l1.1 1.1M4.8 15.2l1.1-1.1M14.1 5.9l1.1-1.1',
  dark: 'M15.8 12.2A6.4 6.4 0 0 1 7.8 4.2a6.4 6.4 0 1 0 8 8z',
  system: 'M3.5 4.5h13v8.6h-13zM7.5 16.2h5M10 13.1v3.1',
  help: 'M7.4 7.6a2.7 2.7 0 1 1 3.9 2.4c-.8.5-1.3 1-1.3 2M10 14.8h.01',
  table: 'M3.5 4.5h13v11h-13zM3.5 8.2h13M8.5 8.2v7.3',
  chevron: 'M6.5 8.2 10 11.8l3.5-3.6',
  check: 'M4.5 10.5 8.4 14.2 15.5 6.2',
  warning: 'M10 4 17 16H3zM10 8.5v3.4M10 13.9h.01',
  replay: 'M10 4a6 6 0 1 0 6 6M10 4 7.6 1.9M10 4 7.6 6.2M9 8l3.2 2L9 12z',
  model: 'M10 3.2 16 6.6v6.8l-6 3.4-6-3.4V6.6zM4 6.6l6 3.4 6-3.4M10 10v6.8',
  data: 'M4 5.5c0-1.1 2.7-2 6-2s6 .9 6 2-2.7 2-6 2-6-.9-6-2M4 5.5v9c0 1.1 2.7 2 6 2s6-.9 6-2v-9M4 10c0 1.1 2.7 2 6 2s6-.9 6-2',
  stopwatch: 'M10 5.5a5.6 5.6 0 1 0 0 11.2 5.6 5.6 0 0 0 0-11.2M10 8.2v3l1.9 1.2M8.2 3.2h3.6',
  ruler: 'M3.5 7.2h13v5.6h-13zM6.5 7.2v2.4M9.5 7.2v3.4M12.5 7.2v2.4',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 20 }: { readonly name: IconName; readonly size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 20 20" aria-hidden="true" focusable="false" fill="none" stroke="currentColor" strokeWidth={1.5} strokeLinecap="round" strokeLinejoin="round">
      <path d={PATHS[name]} />
    </svg>
  );
}
