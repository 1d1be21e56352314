import { setView } from '../../state/view-store.ts';
import { formatRoute } from '../../state/route.ts';
import { Button, buttonClass } from '../../ui/button.tsx';
import { Icon } from '../../ui/icon.tsx';
import { OpenResultNotice } from '../app/open-result-notice.tsx';
import { useOpenFiles } from '../app/use-open-files.ts';
import { useRoute } from '../app/use-route.ts';
import { pickFolder } from '../shared/pick-files.ts';
import { Notice } from '../../ui/notice.tsx';
import { FIGURE_LINKS } from './figure-links.ts';
import styles from './home-page.module.css';
import { MinutePanel } from './minute-panel.tsx';

/** Three visitors, one screen: a minute to spare, a figure to check, an own model or data. */
export function HomePage() {
  const { known } = useRoute();
  return (
    <div className={styles.page}>
      {!known && (
        <Notice tone="warn" title="No page has this address.">
          <p>This is the home page instead.</p>
        </Notice>
      )}
      <div className={styles.lead}>
        <h1 className={styles.title}>Do reasoning and tool use get in each other’s way when a language-model agent is trained on both?</h1>
        <p className={styles.text}>
          Seesaw measures it in this browser: it takes the gradients that an agent’s reasoning tokens and its tool tokens would train the model with, and the angles between them, beside what chance gives. No server; nothing leaves this machine.
        </p>
      </div>
      <OpenResultNotice />
      <div className={styles.visitors}>
        <MinutePanel />
        <CheckPanel />
        <OwnPanel />
      </div>
    </div>
  );
}

function CheckPanel() {
  return (
    <section className={styles.visitor} aria-labelledby="check-title">
      <h2 className={styles.head} id="check-title">
        <Icon name="ruler" />
        Checking a figure
      </h2>
      <p className={styles.muted}>The published claim (arXiv 2602.00994): same-role angles mostly below 30°, reasoning with tool near 90°. Each link sets up one reading of it.</p>
      <ul className={styles.list}>
        {FIGURE_LINKS.map((link) => (
          <li key={link.query}>
            <a href={formatRoute('angles', link.query)}>{link.title}</a>
            <p>{link.note}</p>
          </li>
        ))}
        <li>
          <a href={formatRoute('seesaw')}>Does training one skill cost the other?</a>
          <p>Train one adapter for everything beside one for each skill, here, and watch both skills.</p>
        </li>
        <li>
          <a href={formatRoute('leas')}>Does training both abilities together cost or help?</a>
          <p>The interaction of tool use and reasoning, question by question, beside worlds that have none; or from your own counts.</p>
        </li>
        <li>
          <a href={formatRoute('device')}>Check this device</a>
          <p>Forward and backward pass against float64 golden values, tensor by tensor.</p>
        </li>
      </ul>
    </section>
  );
}

function OwnPanel() {
  const open = useOpenFiles();
  return (
    <section className={styles.visitor} aria-labelledby="own-title">
      <h2 className={styles.head} id="own-title">
        <Icon name="open" />
        Own model or data
      </h2>
      <p className={styles.muted}>Rollouts of your own agent, with your own Qwen2, Qwen2.5 or Qwen3 model or with the bundled one.</p>
      <div className={styles.drop}>
        <p>Drop trajectories, a run record, a Gram or a backbone folder anywhere on the page, or paste them.</p>
        <div className={styles.actions}>
          <Button onClick={() => setView({ openOpen: true })}>
            <Icon name="data" size={18} />
            Open trajectories
          </Button>
          <Button onClick={() => void pickFolder().then(open)}>
            <Icon name="model" size={18} />
            Open a backbone folder
          </Button>
        </div>
      </div>
      <p className={styles.muted}>
        Read: JSON Lines, chat text with {'<|im_start|>'} turns; tags of Search-R1 or Qwen; models in the Hugging Face ONNX layout.{' '}
        <a className={styles.link} href={formatRoute('device')}>
          What this device can hold
        </a>
      </p>
      <a className={buttonClass('quiet')} href={formatRoute('trajectories')} style={{ justifySelf: 'start', marginLeft: -14 }}>
        Read the bundled trajectories
      </a>
    </section>
  );
}
