import '@fontsource-variable/inter/wght.css';
import '@fontsource-variable/jetbrains-mono/wght.css';
import './ui/tokens.css';
import './ui/base.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './features/app/app.tsx';
import { applyTheme } from './features/app/theme.ts';
import { createSession } from './state/create-session.ts';

const root = document.getElementById('root');
if (!root) throw new Error('index.html lacks its root element.');
applyTheme();
const session = createSession();
if (new URLSearchParams(window.location.search).get('headless') === '1') void import('./features/headless.ts').then(({ installHeadless }) => installHeadless(session));
createRoot(root).render(
  <StrictMode>
    <App session={session} />
  </StrictMode>,
);
